"""One request and its answer, as the application sees them: the two ends of ASGI."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from pathlib import PurePath
from typing import Any, Protocol

from pingpilot.domain.errors import InternalError, Overloaded, PingPilotError, RequestTimeout
from pingpilot.ingest.answers import Header, refused
from pingpilot.observe import get_logger
from pingpilot.wiring.framing import Framing, accepting, chunk, head_of, last_lines
from pingpilot.wiring.outlet import Outlet

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

UNREAD_MAX_BYTES = 65_536
"""Of a body that the application does not read; the client is made to wait past it."""
SKIPPED_MAX_BYTES = 1_048_576
"""Of a body that nobody wants but that is read to its end, so that the connection may be kept."""
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"

_log = get_logger()


class Line(Protocol):
    """The connection, as an exchange sees it."""

    outlet: Outlet

    def opening(self, status: int) -> bytes:
        """Return how an answer begins."""
        ...

    def read_on(self) -> None:
        """Take more from the client, should that have been stopped."""
        ...

    def start(self, exchange: "Exchange") -> None:
        """Let the application answer."""
        ...

    def answered(self, exchange: "Exchange") -> None:
        """Go on to what comes after this exchange."""
        ...

    def drop(self) -> None:
        """End the connection: an answer was begun that has no end."""
        ...


class Exchange:
    """One request and its answer.

    ``is_kept``: the client wants, and gets, the connection kept. ``is_whole``: the request has come to its end.
    ``is_answered``: so has the answer.
    """

    __slots__ = (
        "_awaits_go",
        "_body",
        "_framing",
        "_head",
        "_is_gone",
        "_is_late",
        "_is_over",
        "_is_parted",
        "_is_read",
        "_left_bytes",
        "_line",
        "_news",
        "_outlet",
        "_task",
        "is_answered",
        "is_kept",
        "is_whole",
        "scope",
    )

    def __init__(self, line: Line, scope: Scope, *, is_kept: bool, awaits_go: bool) -> None:
        """Take the head of a request. ``awaits_go``: the client sends its body when told to."""
        self.scope = scope
        self.is_kept = is_kept
        self.is_whole = self.is_answered = False
        self._line = line
        self._outlet = line.outlet
        self._awaits_go = awaits_go
        self._is_gone = self._is_parted = self._is_late = self._is_read = self._is_over = False
        self._body: bytes | bytearray = b""
        self._task: asyncio.Task[None] | None = None
        self._news: asyncio.Future[None] | None = None
        self._framing: Framing | None = None
        self._head = b""
        self._left_bytes = 0

    def start(self, app: App, loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[None]]) -> None:
        """Let the application answer, in a task that is among the others while it runs."""
        self._task = task = loop.create_task(self._run(app, tasks))
        tasks.add(task)

    async def _run(self, app: App, tasks: set[asyncio.Task[None]]) -> None:
        """Whatever happens in the application, the client gets an answer, or its connection ends."""
        try:
            await app(self.scope, self.receive, self.send)
        except asyncio.CancelledError:  # the server stops
            self._apologise(Overloaded())
        except PingPilotError as error:
            self._apologise(error)
        except Exception as error:  # noqa: BLE001 - a client must get its answer whatever goes wrong there
            _log.error("request.failed", error=repr(error)[:200], at=_place(error))
            self._apologise(InternalError())
        else:
            if not (self.is_answered or self._is_gone):
                self._end_unanswered()
        finally:
            if self._task is not None:  # done here, since a callback of the task would cost a turn of the event loop
                tasks.discard(self._task)
                self._task = None

    # From the connection

    def feed(self, piece: bytes) -> bool:
        """Take a piece of the body; tell whether there is room for more."""
        if self.is_answered or self._is_gone:
            return True
        if not self._body:
            self._body = piece
        elif isinstance(self._body, bytearray):
            self._body += piece
        else:
            self._body = bytearray(self._body + piece)
        self._wake()
        return len(self._body) <= UNREAD_MAX_BYTES

    def end(self) -> None:
        """Hear that the request is whole, if only just."""
        self.is_whole = True
        if self._is_late:
            self._is_late = self._is_over = False
        self._wake()

    def expire(self) -> None:
        """Hear that the client has had its time to send the body."""
        self._is_late = self._is_over = True
        self._wake()

    def part(self) -> None:
        """Hear that the client sends no more; it may still listen."""
        self._is_parted = True
        self._is_over = self._is_over or not self._has_end()
        self._wake()

    def leave(self) -> None:
        """Hear that the client is gone, or its request no request."""
        self._is_gone = self._is_over = True
        self._wake()

    @property
    def has_spoken(self) -> bool:
        """Whether bytes of the answer were sent."""
        return self._framing is not None and not self._head

    def begin_to_speak(self) -> None:
        """Send the head of the answer if it still waits for the body."""
        if self._head:
            head, self._head = self._head, b""
            self._outlet.write(head)

    # From the way past the application

    @property
    def body(self) -> bytes:
        """All that has come of the body and was not read."""
        return bytes(self._body)

    def accept(self, headers: Sequence[Header], body: bytes) -> None:
        """Answer a whole request with 200."""
        if not self._is_gone:
            self.is_answered = self._is_over = True
            self._outlet.write(accepting(self._line.opening(200), headers, body, is_kept=self.is_kept))
            self._line.answered(self)

    def refuse(self, error: PingPilotError, headers: Sequence[Header] = ()) -> None:
        """Answer with a refusal, whole."""
        answer = refused(error, headers)
        if not self._is_gone:
            self._begin({"status": answer.status, "headers": answer.headers})
            self._go_on(self._framing or Framing.NONE, answer.body, is_last=True)

    def go_the_long_way(self) -> None:
        """Let the application answer after all."""
        if not self._is_gone:
            self._line.start(self)

    # From the application

    async def receive(self) -> Message:
        """Return what comes next from the client; raises RequestTimeout when the body takes too long."""
        if self._awaits_go:
            self._awaits_go = False
            self._outlet.write(GO_ON)
        while not (self._body or self._has_end() or self._is_over):
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        if self._is_late:
            raise RequestTimeout
        if self._is_over:
            return {"type": "http.disconnect"}
        body, self._body = bytes(self._body), b""
        is_whole = self._is_read = self.is_whole
        self._is_over = self._is_parted
        self._line.read_on()
        return {"type": "http.request", "body": body, "more_body": not is_whole}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a part of the answer; waits while the client does not read."""
        if self._outlet.is_blocked and not self._is_gone:
            await self._outlet.unblocked()
        if self._is_gone:
            return
        if self._framing is None:
            self._begin(message)
        elif self.is_answered:
            raise RuntimeError("the answer has ended already")
        else:
            self._go_on(self._framing, message.get("body", b""), is_last=not message.get("more_body", False))

    def _has_end(self) -> bool:
        return self.is_whole and not self._is_read

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    def _begin(self, message: Mapping[str, Any]) -> None:
        """Put the head together. It is sent with the first piece of the body: one write costs half of two."""
        status = message["status"]
        opening = self._line.opening(status)
        head, framing, length, is_kept = head_of(opening, self.scope, status, message.get("headers", ()))
        self.is_kept = self.is_kept and is_kept and self._may_be_kept()
        self._head = head + last_lines(framing, is_kept=self.is_kept)
        self._framing, self._left_bytes = framing, length

    def _may_be_kept(self) -> bool:
        """Tell whether what is left of the request, if anything, is worth reading to its end."""
        if self.is_whole:
            return True
        if self._is_late or self._is_parted or self._awaits_go:
            return False
        lengths = [value for name, value in self.scope["headers"] if name == b"content-length"]
        return bool(lengths) and int(lengths[0]) <= SKIPPED_MAX_BYTES

    def _go_on(self, framing: Framing, body: bytes, *, is_last: bool) -> None:
        data = self._framed(framing, body, is_last=is_last)
        if self._head:
            data, self._head = self._head + data, b""
        if data:
            self._outlet.write(data)
        if is_last:
            self.is_answered = self._is_over = True
            self._wake()
            self._line.answered(self)

    def _framed(self, framing: Framing, body: bytes, *, is_last: bool) -> bytes:
        if framing is Framing.LENGTH:
            self._left_bytes -= len(body)
            if self._left_bytes < 0 or (is_last and self._left_bytes):
                raise RuntimeError("the answer is not as long as it says")
            return body
        if framing is Framing.CHUNKS:
            return chunk(body, is_last=is_last)
        return b"" if framing is Framing.NONE else body

    def _apologise(self, error: PingPilotError) -> None:
        """Say that it went wrong, if nothing was said yet."""
        if self._is_gone or self.is_answered:
            return
        if self.has_spoken:
            self._line.drop()
            return
        self._framing, self._head, self.is_kept = None, b"", False
        self.refuse(error)

    def _end_unanswered(self) -> None:
        if self._is_parted and self._framing is None:  # the application has heard so, and saw no use in an answer
            self._line.drop()
            return
        _log.error("request.unanswered", method=self.scope["method"])
        self._apologise(InternalError())


def _place(error: Exception) -> str:
    """Return where an error came from: file and line of the innermost frame."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return "" if frame is None else f"{PurePath(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}"
