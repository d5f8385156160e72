"""HTTP by the standard library: connections that are kept, proxies from the environment, and an end to every wait."""

import os
import ssl
import time
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, RemoteDisconnected
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pingpilot_client.answers import Reply
from pingpilot_client.calls import Access, Call
from pingpilot_client.errors import Unreached

KEPT = 8
"""Connections that wait for their next call."""
ANSWER_MAX_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 65_536
_STALE = (RemoteDisconnected, ConnectionResetError, BrokenPipeError, ConnectionAbortedError)
"""What a kept connection meets that the other side has closed in the meantime."""


class Wire:
    """Carries calls to one address; from any thread, and after a fork on connections of its own."""

    def __init__(self, access: Access, agent: str, timeout_s: float, context: ssl.SSLContext | None) -> None:
        """Take whom to call, and how long one answer may take."""
        self._parts = urlsplit(access.url)
        self._timeout_s = timeout_s
        self._own = {"Authorization": f"Bearer {access.key}", "User-Agent": agent, "Accept": "application/json"}
        self._context = context
        self._kept: deque[HTTPConnection] = deque()
        self._process = os.getpid()

    @property
    def url(self) -> str:
        """The address, for people."""
        return self._parts.geturl()

    def exchange(self, call: Call) -> Reply:
        """Return the answer to a call; raise Unreached."""
        kept = self._take()
        try:
            if kept is not None:
                try:
                    return self._over(kept, call)
                except _STALE:
                    kept.close()
            return self._over(self._connect(), call)
        except (HTTPException, OSError, ValueError) as error:
            raise Unreached(f"{self.url} does not answer ({str(error) or type(error).__name__})") from error

    def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            self._kept.pop().close()

    def _over(self, connection: HTTPConnection, call: Call) -> Reply:
        ends_at = time.monotonic() + self._timeout_s + call.wait_s
        try:
            self._limit(connection, ends_at)
            connection.request(call.method, self._target(call.path), call.body, {**self._own, **call.headers})
            response = connection.getresponse()
            body = self._read(connection, response, ends_at)
        except BaseException:
            connection.close()
            raise
        headers = {name.lower(): value for name, value in response.getheaders()}
        if not response.will_close:
            self._keep(connection)
        return Reply(response.status, headers, body)

    def _read(self, connection: HTTPConnection, response: HTTPResponse, ends_at: float) -> bytes:
        body = bytearray()
        while chunk := response.read1(CHUNK_BYTES):
            body += chunk
            if len(body) > ANSWER_MAX_BYTES:
                raise HTTPException("the answer is too long")
            self._limit(connection, ends_at)
        response.close()  # Python before 3.12 does not see by itself that this was all
        return bytes(body)

    def _limit(self, connection: HTTPConnection, ends_at: float) -> None:
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("timed out")
        connection.timeout = left_s
        if connection.sock is not None:
            connection.sock.settimeout(left_s)

    def _connect(self) -> HTTPConnection:
        """Return a connection that opens with its first call, by a proxy where the environment names one."""
        host, port = self._parts.hostname or "", self._parts.port
        proxy = self._proxy()
        if self._parts.scheme == "https":
            if proxy is None:
                return HTTPSConnection(host, port, context=self._context)
            tunnel = HTTPSConnection(proxy[0], proxy[1], context=self._context)
            tunnel.set_tunnel(host, port or 443)
            return tunnel
        return HTTPConnection(*(proxy or (host, port)))

    def _proxy(self) -> tuple[str, int | None] | None:
        host = self._parts.hostname or ""
        named = getproxies().get(self._parts.scheme)
        if not named or proxy_bypass(host):
            return None
        parts = urlsplit(named if "//" in named else f"//{named}")
        return (parts.hostname, parts.port or 80) if parts.hostname else None

    def _target(self, path: str) -> str:
        whole = self._parts.path + path
        plain_proxy = self._parts.scheme == "http" and self._proxy() is not None
        return f"http://{self._parts.netloc}{whole}" if plain_proxy else whole

    def _take(self) -> HTTPConnection | None:
        if self._process != os.getpid():  # the parent goes on using what it has opened
            self._kept, self._process = deque(), os.getpid()
        try:
            return self._kept.pop()
        except IndexError:
            return None

    def _keep(self, connection: HTTPConnection) -> None:
        if len(self._kept) < KEPT:
            self._kept.append(connection)
        else:
            connection.close()
