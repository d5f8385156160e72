"""One request at a raw door: what its head says, who sent it, and its body."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from pingpilot.domain.errors import BodyTooLarge, Overloaded, RequestTimeout
from pingpilot.ingest.authenticate import Caller

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

BODY_TIMEOUT_S = 30
UNREAD_MAX_BYTES = 128 * 1024 * 1024
"""Of all bodies that are being read in pieces: past it, further ones are asked to come again later."""

_LATE = 0.0


class ClientGone(Exception):
    """The client went away before its request was whole."""


class Call:
    """One request. ``caller`` is known once the gate was passed; of a header that comes twice, the last one counts."""

    __slots__ = ("caller", "head", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """Take what the server gives."""
        self.scope = scope
        self.receive = receive
        self.head: dict[bytes, bytes] = dict(scope["headers"])
        self.caller: Caller | None = None

    @property
    def body_bytes(self) -> int:
        """The announced length of the body; 0 where it is not announced."""
        length = self.head.get(b"content-length", b"")
        return int(length) if length.isdigit() else 0

    @property
    def client(self) -> str:
        """The address of the client, empty where unknown."""
        client = self.scope.get("client")
        return client[0] if client else ""


class Bodies:
    """Reads bodies: within 30 seconds each, and all of them together in bounded memory. Lives on one event loop.

    One timer watches all: a timer for each would cost more than the reading of a body that is there already.
    """

    def __init__(self, unread_max_bytes: int = UNREAD_MAX_BYTES) -> None:
        """Take how much may be held of bodies that are not whole yet."""
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._room_bytes = unread_max_bytes

    async def read(self, call: Call, limit_bytes: int) -> bytes:
        """Return the whole body; raises BodyTooLarge, RequestTimeout, Overloaded and ClientGone."""
        if call.body_bytes > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a body is read by a task")
        self._watch(task)
        try:
            message = await call.receive()
            body: bytes = message.get("body", b"")
            if message.get("more_body", False):
                return await self._rest(body, call.receive, limit_bytes)
        except asyncio.CancelledError as error:
            if self._reading[task] != _LATE:
                raise
            task.uncancel()
            raise RequestTimeout from error
        finally:
            del self._reading[task]
        if message["type"] == "http.disconnect":
            raise ClientGone
        if len(body) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        return body

    async def _rest(self, first: bytes, receive: Receive, limit_bytes: int) -> bytes:
        """Read on, and count what is held meanwhile."""
        pieces, size, more = [first], len(first), True
        self._room_bytes -= size
        try:
            self._check(size, limit_bytes)
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                self._room_bytes -= len(pieces[-1])
                self._check(size, limit_bytes)
                more = message.get("more_body", False)
            return b"".join(pieces)
        finally:
            self._room_bytes += size

    def _check(self, size: int, limit_bytes: int) -> None:
        if size > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        if self._room_bytes < 0:
            raise Overloaded

    def _watch(self, task: asyncio.Task[Any]) -> None:
        loop = asyncio.get_running_loop()
        self._reading[task] = loop.time() + BODY_TIMEOUT_S
        if self._timer is None:
            self._timer = loop.call_later(BODY_TIMEOUT_S, self._sweep)

    def _sweep(self) -> None:
        """Cancel the reading of what is late; the table is in the order of its deadlines."""
        self._timer = None
        loop = asyncio.get_running_loop()
        for task, due in self._reading.items():
            if due > loop.time():
                self._timer = loop.call_at(due, self._sweep)
                return
            self._reading[task] = _LATE
            task.cancel()
