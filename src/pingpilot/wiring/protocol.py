"""One connection: requests become exchanges, one after the other, and nothing of it lasts longer than it may."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol, cast

import uvicorn
from uvicorn.server import ServerState

from pingpilot.domain.errors import BadRequest, Overloaded, PingPilotError, RequestTimeout
from pingpilot.ingest.answers import refused
from pingpilot.wiring.connections import Connections
from pingpilot.wiring.exchange import App, Exchange, Scope
from pingpilot.wiring.framing import said
from pingpilot.wiring.outlet import Outlet
from pingpilot.wiring.parsing import RequestParser

FULL = "Too many connections. Close those that you do not need, and retry"
HEAD_LATE = "The head of the request did not arrive within 10 seconds"

_ASGI = {"version": "3.0", "spec_version": "2.3"}


class Express(Protocol):
    """A shorter way for some requests."""

    def suits(self, scope: Scope) -> bool:
        """Tell from the head of a request whether it may go this way once it is whole."""
        ...

    def take(self, exchange: Exchange) -> bool:
        """Send a whole request; tell whether it is on its way. If not, nothing has happened."""
        ...


class HttpProtocol(asyncio.Protocol):
    """One connection, as uvicorn's server wants it.

    What it cannot answer it refuses, in turn; then it is deaf, and ends. It *lingers* when after its last word it still
    takes what comes, unheard: were it closed on what the client still sends, the client might lose that word.
    """

    outlet: Outlet
    _transport: asyncio.Transport
    _addresses: dict[str, object]
    _idle_s: float

    def __init__(
        self,
        connections: Connections,
        *,
        express: Express | None = None,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: Mapping[str, Any],  # noqa: ARG002 - uvicorn gives it
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take what all connections share, and what uvicorn gives."""
        self._connections = connections
        self._express = express
        self._held: Exchange | None = None
        self._app = cast("App", config.loaded_app)
        self._state = server_state
        self._loop = _loop or asyncio.get_running_loop()
        self._parser = RequestParser(self, connections.limits)
        self._reading: Exchange | None = None
        self._answering: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._refusal: PingPilotError | None = None
        self._is_deaf = self._is_paused = self._is_parted = self._lingers = False
        self._idle_since = self._begun = connections.tick

    # From the network

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; where there are too many already, begin and end."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape
        self.outlet = Outlet(self._transport, self._connections)
        client, server = (_address(transport, name) for name in ("peername", "sockname"))
        self._addresses = {"client": client, "server": server, "scheme": "http", "root_path": "", "asgi": _ASGI}
        if self._connections.is_crowded:
            self._transport.abort()
            return
        address = client[0] if client else ""
        self._idle_s = self._connections.idle_s(address)
        is_welcome = self._connections.enter(self, address)
        self._state.connections.add(cast("Any", self))
        if not is_welcome:
            self._refuse(Overloaded(FULL))

    def data_received(self, data: bytes) -> None:
        """Read what came."""
        if self._is_deaf:
            return
        try:
            self._parser.feed(data)
        except PingPilotError as error:
            self._refuse(error)
        if self._held is not None:  # it is not whole yet: the long way is right for all
            self._release()

    def eof_received(self) -> bool:
        """Answer what was asked before the client fell silent, and then end."""
        self._is_deaf = self._is_parted = True
        unanswered = [one for one in (self._answering, *self._waiting) if one is not None]
        for exchange in unanswered:
            exchange.part()
        if unanswered:
            unanswered[-1].is_kept = False
        return bool(unanswered) and not self._lingers

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - why does not matter
        """End all that hangs on it."""
        self._connections.leave(self)
        self._state.connections.discard(cast("Any", self))
        for exchange in (self._reading, self._answering, *self._waiting):
            if exchange is not None:
                exchange.leave()
        self.outlet.unblock()
        self._is_deaf = True
        self._parser.close()

    def pause_writing(self) -> None:
        """Hear that the client takes less than is written."""
        self.outlet.block()

    def resume_writing(self) -> None:
        """Hear that the client has taken enough."""
        self.outlet.unblock()

    # From the parser

    def hear_first_byte(self) -> None:
        """Look at the clock."""
        self._begun = self._connections.tick

    def hear_head(self, scope: Scope, *, is_kept: bool, awaits_go: bool) -> None:
        """Start the request, or let it wait for its turn. A client that is too far ahead is not listened to."""
        scope.update(self._addresses)
        exchange = Exchange(self, scope, is_kept=is_kept, awaits_go=awaits_go)
        if self._answering is None:
            self._answering = exchange
            if self._is_for_express(scope, is_asked=is_kept and not awaits_go):
                self._held = exchange
            else:
                self.start(exchange)
        elif len(self._waiting) < self._connections.limits.ahead:
            self._waiting.append(exchange)
            self._pause()
        else:
            self._waiting[-1].is_kept, self._is_deaf = False, True
            raise BadRequest
        self._reading = exchange

    def hear_body(self, piece: bytes) -> None:
        """Hand on a piece of the body."""
        if self._reading is not None and not self._reading.feed(piece):
            self._pause()

    def hear_end(self) -> None:
        """End the request. What comes after a last one is not for us."""
        exchange, self._reading = self._reading, None
        if exchange is not None:
            exchange.end()
            self._is_deaf = not exchange.is_kept
            if exchange is self._held and self._express is not None and self._express.take(exchange):
                self._held = None

    # From the exchange that is being answered

    def opening(self, status: int) -> bytes:
        """Return how an answer begins."""
        return self._connections.opening(status, self._state.default_headers)

    def start(self, exchange: Exchange) -> None:
        """Let the application answer what is in turn."""
        exchange.start(self._app, self._loop, self._state.tasks)

    def read_on(self) -> None:
        """Take more from the client, should that have been stopped."""
        if self._is_paused and not (self._waiting or self._is_parted or self._transport.is_closing()):
            self._is_paused = False
            self._transport.resume_reading()

    def answered(self, exchange: Exchange) -> None:
        """Go on to what comes next: another request, a refusal, silence, or the end."""
        self._state.total_requests += 1
        self._answering, self._idle_since = None, self._connections.tick
        if not exchange.is_kept:
            self._end(lingers=not exchange.is_whole)
        elif self._waiting:
            self._answering = self._waiting.popleft()
            self.start(self._answering)
        elif self._refusal is not None:
            self._say(self._refusal)
        self.read_on()

    def drop(self) -> None:
        """End the connection: an answer was begun that has no end."""
        self._end(lingers=False)

    # From the clock, and from the server

    def look(self) -> None:
        """See whether the client has had its time."""
        limits, since = self._connections.limits, self._connections.since
        if self.outlet.is_stuck() or (self._lingers and since(self._idle_since) >= limits.linger_s):
            self._transport.abort()
            return
        if self._answering is not None:
            self._answering.begin_to_speak()
        if self._is_paused:  # we do not listen
            self._begun = self._connections.tick
        elif not self._is_deaf:
            self._look_at_reading()

    def shutdown(self) -> None:
        """End after the answer that is being given, since the server stops."""
        if self._answering is None:
            self._end(lingers=False)
        else:
            self._answering.is_kept = False

    def _look_at_reading(self) -> None:
        limits, since = self._connections.limits, self._connections.since
        if self._parser.is_in_head:
            if since(self._begun) >= limits.head_s:
                self._refuse(RequestTimeout(HEAD_LATE))
        elif self._reading is not None:
            if since(self._begun) >= limits.request_s:
                self._expire(self._reading)
        elif self._answering is None and since(self._idle_since) >= self._idle_s:
            self._end(lingers=False)

    def _is_for_express(self, scope: Scope, *, is_asked: bool) -> bool:
        return self._express is not None and is_asked and not self.outlet.is_blocked and self._express.suits(scope)

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None and held is self._answering:
            self.start(held)

    def _pause(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def _expire(self, exchange: Exchange) -> None:
        if exchange.is_answered:
            self._end(lingers=False)
        else:
            exchange.expire()

    def _refuse(self, error: PingPilotError) -> None:
        """Answer with a refusal, after all that was asked before, and end."""
        if self._is_deaf:
            return
        self._is_deaf, self._refusal = True, error
        broken, self._reading = self._reading, None
        if broken is not None and broken.has_spoken:  # this request was answered before it was whole
            self._end(lingers=broken.is_answered)
            return
        if broken is not None:
            broken.leave()
            if broken is self._answering:
                self._answering = None
            else:
                self._waiting.pop()
        if self._answering is None:
            self._say(error)

    def _say(self, error: PingPilotError) -> None:
        answer = refused(error)
        self.outlet.write(said(answer, self.opening(answer.status)))
        self._end(lingers=True)

    def _end(self, *, lingers: bool) -> None:
        """End the connection once all is sent."""
        self._is_deaf = True
        for exchange in self._waiting:
            exchange.leave()
        self._waiting.clear()
        if not lingers or self._is_parted or self._transport.is_closing():
            self._transport.close()
            return
        self._lingers, self._idle_since = True, self._connections.tick
        self._transport.write_eof()
        self.read_on()


def _address(transport: asyncio.BaseTransport, end: str) -> tuple[str, int] | None:
    address = transport.get_extra_info(end)
    return (str(address[0]), int(address[1])) if isinstance(address, tuple) else None
