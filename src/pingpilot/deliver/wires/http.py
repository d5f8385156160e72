"""The HTTP wire: one request, one answer, never an exception, and never a private address for a user's host."""

import asyncio
import os
import ssl
from collections.abc import Callable

from pingpilot.deliver.wires.dialing import Dialer, NameNotFound, RefusedAddress, Resolve, trusting_the_system
from pingpilot.deliver.wires.guard import is_public
from pingpilot.deliver.wires.http_connection import HttpConnection
from pingpilot.deliver.wires.http_request import Target, is_refused, request_of, target_of
from pingpilot.domain.wire import Call, Failure, Reply

KEEPALIVE_S = 4.0
"""Shorter than the 5 s of the commonest servers: a request on a connection they just closed has an unknown end."""
CONNECT_SHARE = 0.5
"""How much of a call's time may pass before it is on the wire."""


class HttpWire:
    """Send calls over HTTP/1.1. Holds its connections until ``close``; belongs to the event loop of its first call.

    It bounds no number of connections: the worker bounds its conversations, and one address's share of them.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        user_agent: str = "PingPilot",
        is_allowed: Callable[[str], bool] = is_public,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        keepalive_s: float = KEEPALIVE_S,
    ) -> None:
        """Take whether users' hosts may be private, and how to introduce ourselves.

        ``is_allowed`` judges the network address of a user's host; ``resolve`` replaces the system's resolver, ``tls``
        whom the system trusts.
        """
        self._allow_private = allow_private
        self._user_agent = user_agent
        tls = tls or trusting_the_system()
        self._open = _Pool(Dialer(None, resolve, tls), keepalive_s)
        self._guarded = _Pool(Dialer(is_allowed, resolve, tls), keepalive_s)

    async def send(self, call: Call) -> Reply:
        """Send one request and return what came back; whatever goes wrong is a reply with a failure."""
        is_guarded = call.is_user_host and not self._allow_private
        if is_guarded and is_refused(call.url):
            return Reply(failure=Failure.REFUSED_ADDRESS, failure_detail="URL not allowed")
        try:
            target = target_of(call.url)
            request = request_of(call, target, self._user_agent)
        except ValueError:
            return Reply(failure=Failure.NOT_SENT, failure_detail="the URL or a header cannot be written")
        return await (self._guarded if is_guarded else self._open).send(target, request, call.timeout.total_seconds())

    async def close(self) -> None:
        """Close every connection; calls still on their way end without an answer."""
        self._open.close()
        self._guarded.close()


class _Pool:
    """Connections that are on their way or rest, by where they lead."""

    def __init__(self, dialer: Dialer, keepalive_s: float) -> None:
        self._dialer = dialer
        self._keepalive_s = keepalive_s
        self._resting: dict[tuple[str, int, bool], list[HttpConnection]] = {}
        self._all: set[HttpConnection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def send(self, target: Target, request: bytes, within_s: float) -> Reply:
        """Send a request on a connection that rests, or a new one."""
        connection = self._rested(target)
        if connection is None:
            loop = asyncio.get_running_loop()
            begun = loop.time()
            try:
                async with asyncio.timeout(within_s * CONNECT_SHARE):
                    connection = await self._opened(target)
            except (OSError, RuntimeError, ValueError) as error:
                return _not_sent(error)
            within_s -= loop.time() - begun
        try:
            reply = await connection.ask(request, within_s)
        except BaseException:  # cancelled: what it still answers must not answer another request
            self._end(connection)
            raise
        self._rest(target, connection)
        return reply

    def close(self) -> None:
        """End every connection, and open no more."""
        self._is_closed = True
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in self._all:
            connection.end()
        self._all.clear()
        self._resting.clear()

    def _rested(self, target: Target) -> HttpConnection | None:
        """Return the connection that was used last and is still good."""
        resting = self._resting.get((target.host, target.port, target.is_tls))
        while resting:
            connection = resting.pop()
            if connection.is_open and connection.rested_s < self._keepalive_s:
                return connection
            self._end(connection)
        return None

    async def _opened(self, target: Target) -> HttpConnection:
        if self._is_closed:
            raise RuntimeError("the wire is closed")
        connection = await self._dialer.open(HttpConnection, target.host, target.port, is_tls=target.is_tls)
        self._all.add(connection)
        return connection

    def _rest(self, target: Target, connection: HttpConnection) -> None:
        if not connection.is_open or self._is_closed:
            self._end(connection)
            return
        connection.rest()
        self._resting.setdefault((target.host, target.port, target.is_tls), []).append(connection)
        if self._sweep is None:
            loop = asyncio.get_running_loop()
            self._sweep = loop.call_later(self._keepalive_s / 4, self._end_the_old, loop)

    def _end_the_old(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what has rested for too long, and look again while something rests."""
        for place, resting in list(self._resting.items()):
            young = [
                connection for connection in resting if connection.is_open and connection.rested_s < self._keepalive_s
            ]
            for connection in set(resting).difference(young):
                self._end(connection)
            self._resting[place] = young
            if not young:
                del self._resting[place]
        self._sweep = loop.call_later(self._keepalive_s / 4, self._end_the_old, loop) if self._resting else None

    def _end(self, connection: HttpConnection) -> None:
        connection.end()
        self._all.discard(connection)


def _not_sent(error: Exception) -> Reply:
    """Return the failure that an error means. The detail is our own words: errors may quote URLs and headers."""
    if isinstance(error, RefusedAddress):
        return Reply(failure=Failure.REFUSED_ADDRESS, failure_detail="private address")
    return Reply(failure=Failure.NOT_SENT, failure_detail=_cause(error))


def _cause(error: Exception) -> str:
    match error:
        case NameNotFound():
            return "the host name was not found"
        case ssl.SSLCertVerificationError():
            return "the server's certificate is not valid"
        case ssl.SSLError():
            return "TLS failed"
        case TimeoutError():
            return "timeout"
        case OSError():
            return os.strerror(error.errno).lower() if error.errno else "no connection"
        case _:
            return type(error).__name__
