"""One HTTP/1.1 connection to a provider: asked one thing at a time, it answers with a reply, whatever happens."""

import asyncio
from typing import cast

import httptools

from pingpilot.domain.wire import Failure, Reply

BODY_MAX_BYTES = 65_536
HEAD_MAX_BYTES = 65_536
_SWITCHING = 101
"""Ends the talk of HTTP on a connection; what is below it is a remark before the answer (RFC 9110 section 15.2)."""


class HttpConnection(asyncio.Protocol):
    """Carries one request after the other. The status counts as soon as the head of an answer is there.

    What is read of a body is at most 64 KiB, and all that came where the rest of it never does.
    """

    __slots__ = (
        *("_body", "_body_bytes", "_head_bytes", "_headers", "_is_spoiled", "_loop", "_parser", "_status"),
        *("_rested_at", "_timer", "_transport", "_waiter"),
    )

    def __init__(self) -> None:
        """Begin without a transport: the loop brings it."""
        self._rested_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_spoiled = False
        self._status = self._head_bytes = self._body_bytes = 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    @property
    def is_open(self) -> bool:
        """Whether another request may be sent: the last one was answered in full, and the other side is there."""
        is_there = self._transport is not None and not self._transport.is_closing()
        return is_there and self._waiter is None and not self._is_spoiled

    @property
    def rested_s(self) -> float:
        """For how many seconds it has rested."""
        return self._loop.time() - self._rested_at

    def rest(self) -> None:
        """Begin to rest."""
        self._rested_at = self._loop.time()

    def ask(self, request: bytes, within_s: float) -> "asyncio.Future[Reply]":
        """Send a request on an open connection; the future ends with the reply. Cancelling it ends the connection."""
        waiter = self._loop.create_future()
        if self._transport is None:
            waiter.set_result(Reply(failure=Failure.NOT_SENT, failure_detail="the connection was lost"))
            return waiter
        self._waiter = waiter
        self._timer = self._loop.call_later(within_s, self._give_up, "timeout")
        self._transport.write(request)
        return waiter

    def end(self) -> None:
        """Close at once; a request that waits for its answer gets none."""
        self._give_up("the connection was lost")

    # The loop calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape

    def data_received(self, data: bytes) -> None:
        """Read a piece of an answer."""
        if self._waiter is None:  # nobody asked
            self._spoil()
            return
        self._head_bytes += len(data) if not self._status else 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._give_up("the connection was lost")
        except httptools.HttpParserError:
            self._give_up("the answer was not readable as HTTP")
        if self._head_bytes > HEAD_MAX_BYTES and not self._status:
            self._give_up("the answer was not readable as HTTP")

    def connection_lost(self, _error: Exception | None) -> None:
        """End what waits; a body that ends with its connection is whole now."""
        self._give_up("the connection was lost")
        self._transport = None
        del self._parser  # it holds on to this object

    # The parser calls these

    def on_message_begin(self) -> None:
        """Begin an answer; nobody has asked for a second one."""
        self._is_spoiled = self._is_spoiled or self._waiter is None

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. One that follows the body is none."""
        if not self._status:
            self._headers[name.decode("latin-1").lower()] = value.decode("utf-8", "replace")

    def on_headers_complete(self) -> None:
        """End the head, or a remark before it."""
        status = self._parser.get_status_code()
        if status < 200 and status != _SWITCHING:
            self._headers = {}
            return
        self._status = status

    def on_body(self, piece: bytes) -> None:
        """Take a piece of the body; what is too long ends here."""
        self._body.append(piece[: BODY_MAX_BYTES - self._body_bytes])
        self._body_bytes += len(piece)
        if self._body_bytes >= BODY_MAX_BYTES:
            self._give_up("")

    def on_message_complete(self) -> None:
        """End the answer."""
        if self._status and self._waiter is not None:
            self._is_spoiled = self._is_spoiled or not self._parser.should_keep_alive()
            self._answer()
            if self._is_spoiled:
                self._spoil()

    def _answer(self) -> None:
        waiter, reply = self._waiter, Reply(self._status, self._headers, b"".join(self._body))
        self._forget_answer()
        self._tell(waiter, reply)

    def _give_up(self, why: str) -> None:
        """Close the connection; who waits gets what there is, or why there is nothing."""
        self._spoil()
        if self._status:
            self._answer()
        else:
            self._tell(self._waiter, Reply(failure=Failure.NO_ANSWER, failure_detail=why))

    def _tell(self, waiter: "asyncio.Future[Reply] | None", reply: Reply) -> None:
        self._waiter = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if waiter is not None and not waiter.done():
            waiter.set_result(reply)

    def _spoil(self) -> None:
        self._is_spoiled = True
        if self._transport is not None:
            self._transport.abort()

    def _forget_answer(self) -> None:
        self._status = self._head_bytes = self._body_bytes = 0
        self._headers, self._body = {}, []
