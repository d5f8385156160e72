"""One event: ``POST /api/v1/event``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from pingpilot.domain.errors import Overloaded, QuotaReached
from pingpilot.domain.event import BODY_MAX_BYTES, NewEvent
from pingpilot.ingest.accept import Acceptor
from pingpilot.ingest.answers import Answer, accepted, answered, held, repeated
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.call import Bodies, Call
from pingpilot.ingest.gate import Gate
from pingpilot.ingest.idempotency import Memory, Ticket, key_in, replayed, ticket
from pingpilot.ingest.payload import parse
from pingpilot.ingest.waiting import PREFER, Waiting
from pingpilot.store.batches import Many, Piece
from pingpilot.store.events import Accept, Accepted, Held, QuotaFull, Repeated, Stale

STALE_TRIES = 4
"""How often an event is tried again because its workspace changed at that very moment."""


@dataclass(frozen=True, slots=True)
class Single:
    """Serves calls that bring one event. ``offer`` says which channels can be set up, and where."""

    gate: Gate
    bodies: Bodies
    acceptor: Acceptor
    memory: Memory
    waiting: Waiting
    offer: str
    now: Callable[[], datetime]

    async def serve(self, call: Call, caller: Caller) -> Answer:
        """Check in the contract's order, commit, and answer."""
        key = key_in(call.head)
        if key is None:
            self.acceptor.check(caller)
            return await self.accept(call, caller, await self.bodies.read(call, BODY_MAX_BYTES), None)
        body = await self.bodies.read(call, BODY_MAX_BYTES)
        mine = ticket(caller.access.workspace, key, body)

        async def accept_once() -> Answer:
            self.acceptor.check(caller)
            return await self.accept(call, caller, body, mine)

        return await self.memory.guard(mine, accept_once)

    async def accept(self, call: Call, caller: Caller, body: bytes, mine: Ticket | None) -> Answer:
        """Commit the event of a body and answer; refusals are raised. With a ticket it happens once."""
        now = self.now()
        return await self.store(call, caller, parse(body, now), mine, now)

    async def store(self, call: Call, caller: Caller, event: NewEvent, mine: Ticket | None, now: datetime) -> Answer:
        """Commit an event and answer, as ``accept``; ``now`` is when it came."""
        for _ in range(STALE_TRIES):
            unit = self.acceptor.unit(caller, event, now)
            text = accepted(unit.event_id, self.hint(caller))
            result = await (
                self.acceptor.accept(caller, unit) if mine is None else self._accept_once(caller, unit, mine, text)
            )
            if isinstance(result, Accepted):
                text = aside(unit.event_id, result) or text
                if PREFER not in call.head or isinstance(result, Held):
                    return answered(200, text)  # nobody waits for what is held
                awaited = replace(unit, routes=(), delivery_ids=()) if isinstance(result, Repeated) else unit
                return await self.waiting.answer(call, awaited, text, mine)
            if isinstance(result, Answer):
                return result
            caller = await self.gate.admit(call)  # the workspace has changed at this moment
            self.acceptor.check(caller)
        raise Overloaded

    async def _accept_once(self, caller: Caller, unit: Accept, mine: Ticket, text: bytes) -> Accepted | Stale | Answer:
        usual = text.decode()
        may_differ = caller.picture.holds_over_limit or unit.event.dedupe_key
        piece: Piece = (usual, "", held(unit.event_id).decode()) if may_differ else usual
        result = await self.acceptor.accept_many(caller, [unit], mine.once(200, piece))
        if isinstance(result, Stale):
            return result
        if not isinstance(result, Many):
            return replayed(result)
        (answer,) = result.answers
        if isinstance(answer, QuotaFull):
            raise QuotaReached
        return answer

    def hint(self, caller: Caller) -> str:
        """Return what to say to those who have no channel yet."""
        if caller.picture.routes:
            return ""
        return f"No channel is set up yet, so this event shows in the dashboard only. {self.offer}"


def aside(event_id: str, result: Accepted) -> bytes | None:
    """Return what to say of an event that is stored and does not go to the channels now; None where it does."""
    if isinstance(result, Held):
        return held(event_id)
    return repeated(event_id, result.first) if isinstance(result, Repeated) else None
