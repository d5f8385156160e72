"""The straight way of the usual call: one event, whole in memory, under a key that is known, with no special wish.

It is made of the parts that the door is made of, in the same order, without a task of its own. Whatever stands against
a call, nothing has happened then, and the door says what it is: so this way has no refusals of its own to keep in step.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from pingpilot.domain.errors import InternalError, Overloaded, PingPilotError, QuotaReached
from pingpilot.domain.event import BODY_MAX_BYTES
from pingpilot.ingest.accept import Acceptor
from pingpilot.ingest.answers import Header, accepted
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.gate import Gate
from pingpilot.ingest.idempotency import HEADER
from pingpilot.ingest.payload import parse
from pingpilot.ingest.single import aside
from pingpilot.ingest.waiting import PREFER
from pingpilot.observe import get_logger
from pingpilot.store.events import Accept, Accepted, Answer

_WISHES = frozenset((HEADER, PREFER))

_log = get_logger()


class Asker(Protocol):
    """Who asks: a request that is whole and not answered yet. It hears one of these, once."""

    def accept(self, headers: Sequence[Header], body: bytes) -> None:
        """Hear that the event is committed: 200."""
        ...

    def refuse(self, error: PingPilotError, headers: Sequence[Header] = ()) -> None:
        """Hear that it is not."""
        ...

    def go_the_long_way(self) -> None:
        """Hear that nothing was stored, and that the door knows why."""
        ...


class Express:
    """Takes events in without a coroutine. Lives on one event loop. ``hint`` is what to say beside the acceptance."""

    def __init__(
        self, gate: Gate, acceptor: Acceptor, hint: Callable[[Caller], str], now: Callable[[], datetime]
    ) -> None:
        """Take the parts of the door."""
        self._gate = gate
        self._acceptor = acceptor
        self._hint = hint
        self._now = now

    def begin(self, headers: Sequence[Header], address: str, body: bytes, asker: Asker) -> bool:
        """Hand an event in, and answer the asker after its commit; tell whether that was done."""
        head = dict(headers)
        if len(body) > BODY_MAX_BYTES or not _WISHES.isdisjoint(head):
            return False
        try:
            caller = self._gate.usher(head, address)
            if caller is None:
                return False
            self._acceptor.check(caller)
            now = self._now()
            unit = self._acceptor.unit(caller, parse(body, now), now)
        except PingPilotError:
            return False
        try:
            self._acceptor.hand_in(unit, _Turn(self, caller, unit, asker))
        except Overloaded as error:  # the long way would ask the writer a second time
            self.refuse(caller, error, asker)
        return True

    def refuse(self, caller: Caller, error: PingPilotError, asker: Asker) -> None:
        """Refuse as the door does."""
        self._gate.doubt(caller)
        asker.refuse(error, self._gate.quota_headers(caller))

    def lose(self, unit: Accept) -> None:
        """Hear that the writer has no answer."""
        self._acceptor.unsettled(unit)

    def end(self, caller: Caller, unit: Accept, answer: Answer, asker: Asker) -> None:
        """Answer as the writer did."""
        try:
            result = self._acceptor.settled(caller, unit, answer)
        except QuotaReached:
            asker.go_the_long_way()
            return
        if isinstance(result, Accepted):
            text = aside(unit.event_id, result) or accepted(unit.event_id, self._hint(caller))
            asker.accept(self._gate.quota_headers(caller), text)
        else:
            asker.go_the_long_way()


class _Turn:
    """Waits for the writer's answer in a future's place."""

    __slots__ = ("_asker", "_caller", "_express", "_unit")

    def __init__(self, express: Express, caller: Caller, unit: Accept, asker: Asker) -> None:
        self._express = express
        self._caller = caller
        self._unit = unit
        self._asker = asker

    def done(self) -> bool:
        return False

    def set_result(self, answer: Answer) -> None:
        try:
            self._express.end(self._caller, self._unit, answer, self._asker)
        except Exception as error:  # noqa: BLE001 - the writer goes on to the next one, and a client gets its answer
            _log.error("event.failed", error=repr(error)[:200])
            self.set_exception(InternalError())

    def set_exception(self, error: Exception) -> None:
        known = error if isinstance(error, PingPilotError) else InternalError()
        self._express.lose(self._unit)
        self._express.refuse(self._caller, known, self._asker)
