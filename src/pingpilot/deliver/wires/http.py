"""The HTTP wire: one request, one answer, never an exception, and never a private address for a user's host."""

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import aiohttp

from pingpilot.deliver.wires.guard import is_public
from pingpilot.domain.url import refusal_of_url
from pingpilot.domain.wire import Call, Failure, Reply

if TYPE_CHECKING:
    from aiohttp.abc import AbstractResolver
    from aiohttp.connector import AddrInfoType

BODY_MAX_BYTES = 65_536
KEEPALIVE_S = 4.0
"""Shorter than the 5 s of the commonest servers: a request on a connection they just closed has an unknown end."""
CONNECT_SHARE = 0.5
"""How much of a call's time may pass before it is on the wire."""

_NOT_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
    aiohttp.ServerFingerprintMismatch,
    ValueError,  # a URL or header that cannot be written
    RuntimeError,  # the wire is closed
)


class RefusedAddress(OSError):
    """The guard refused a network address."""


class HttpWire:
    """Send calls over HTTP/1.1. Holds its connections until ``close``; belongs to the event loop of its first call."""

    def __init__(
        self,
        *,
        allow_private: bool,
        user_agent: str = "PingPilot",
        is_allowed: Callable[[str], bool] = is_public,
        resolver: "AbstractResolver | None" = None,
    ) -> None:
        """Take whether users' hosts may be private, and how to introduce ourselves.

        ``is_allowed`` judges the network address of a user's host; ``resolver`` replaces the system's.
        """
        self._allow_private = allow_private
        self._user_agent = user_agent
        self._is_allowed = is_allowed
        self._resolver = resolver
        self._open: aiohttp.ClientSession | None = None
        self._guarded: aiohttp.ClientSession | None = None

    async def send(self, call: Call) -> Reply:
        """Send one request and return what came back; whatever goes wrong is a reply with a failure."""
        is_guarded = call.is_user_host and not self._allow_private
        if is_guarded and refusal_of_url(call.url, allow_private=False):
            return Reply(failure=Failure.REFUSED_ADDRESS, failure_detail="URL not allowed")
        session = self._guarded_session() if is_guarded else self._open_session()
        total_s = call.timeout.total_seconds()
        try:
            async with session.request(
                call.method,
                call.url,
                headers=call.headers,
                data=call.body or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=total_s, connect=total_s * CONNECT_SHARE),
            ) as response:
                body = await _read(response)
        except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
            return _failed(error)
        return Reply(response.status, {name.lower(): value for name, value in response.headers.items()}, body)

    async def close(self) -> None:
        """Close every connection; calls still on their way end without an answer."""
        for session in (self._open, self._guarded):
            if session is not None:
                await session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        if self._open is None:
            self._open = self._session(_connector(self._resolver))
        return self._open

    def _guarded_session(self) -> aiohttp.ClientSession:
        if self._guarded is None:
            self._guarded = self._session(_connector(self._resolver, self._guarded_socket))
        return self._guarded

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": self._user_agent, "Accept-Encoding": "identity"},
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        )

    def _guarded_socket(self, info: "AddrInfoType") -> socket.socket:
        """Make the socket of one connection attempt, unless the address it goes to is not public."""
        family, kind, protocol, _, address = info
        if not self._is_allowed(str(address[0])):
            # Always the same words: so it comes through unchanged when every address of a name is refused.
            raise RefusedAddress("refused address")
        return socket.socket(family, kind, protocol)


def _connector(
    resolver: "AbstractResolver | None", guarded: "Callable[[AddrInfoType], socket.socket] | None" = None
) -> aiohttp.TCPConnector:
    return aiohttp.TCPConnector(
        limit=0,  # the worker bounds its conversations, and one address's share of them; here nobody waits for others
        keepalive_timeout=KEEPALIVE_S,
        resolver=resolver,
        use_dns_cache=guarded is None,
        socket_factory=guarded,
    )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return at most 64 KiB of the body; what was read counts when the rest never comes, for the status is known."""
    parts: list[bytes] = []
    left = BODY_MAX_BYTES
    try:
        while left and (part := await response.content.read(left)):
            parts.append(part)
            left -= len(part)
    except (aiohttp.ClientError, OSError):
        response.close()
    return b"".join(parts)


def _failed(error: Exception) -> Reply:
    """Return the failure that an error means. The detail is our own words: errors may quote URLs and headers."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, RefusedAddress):
        return Reply(failure=Failure.REFUSED_ADDRESS, failure_detail="private address")
    failure = Failure.NOT_SENT if isinstance(error, _NOT_SENT) else Failure.NO_ANSWER
    return Reply(failure=failure, failure_detail=_cause(error))


def _cause(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "the host name was not found"
        case aiohttp.ClientConnectorCertificateError():
            return "the server's certificate is not valid"
        case aiohttp.ClientSSLError():
            return "TLS failed"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientConnectorError():
            return os.strerror(error.os_error.errno).lower() if error.os_error.errno else "no connection"
        case aiohttp.ServerDisconnectedError() | OSError():
            return "the connection was lost"
        case _:
            return type(error).__name__
