"""One request at a raw door: what its head says, who sent it, and its body."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from pingpilot.domain.errors import BodyTooLarge, Overloaded
from pingpilot.ingest.authenticate import Caller

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

UNREAD_MAX_BYTES = 128 * 1024 * 1024
"""Of all bodies that are being read in pieces: past it, further ones are asked to come again later."""


async def give(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    """Send a whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class ClientGone(Exception):
    """The client went away before its request was whole."""


class Call:
    """One request. ``receive`` raises RequestTimeout when the client has had its time to send it.

    ``caller`` is known once the gate was passed; of a header that comes twice, the last one counts.
    """

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
    """Reads bodies, all of them together in bounded memory. That each comes in time is the connection's business."""

    def __init__(self, unread_max_bytes: int = UNREAD_MAX_BYTES) -> None:
        """Take how much may be held of bodies that are not whole yet."""
        self._room_bytes = unread_max_bytes

    async def read(self, call: Call, limit_bytes: int) -> bytes:
        """Return the whole body; raises BodyTooLarge, RequestTimeout, Overloaded and ClientGone."""
        if call.body_bytes > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        message = await call.receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body", False):
            return await self._rest(body, call.receive, limit_bytes)
        if message["type"] == "http.disconnect":
            raise ClientGone
        if len(body) > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        return body

    async def _rest(self, first: bytes, receive: Receive, limit_bytes: int) -> bytes:
        """Read on, and count what is held meanwhile."""
        held, more = bytearray(first), True
        self._room_bytes -= len(held)
        try:
            self._check(len(held), limit_bytes)
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                piece = message.get("body", b"")
                held += piece
                self._room_bytes -= len(piece)
                self._check(len(held), limit_bytes)
                more = message.get("more_body", False)
            return bytes(held)
        finally:
            self._room_bytes += len(held)

    def _check(self, size: int, limit_bytes: int) -> None:
        if size > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        if self._room_bytes < 0:
            raise Overloaded
