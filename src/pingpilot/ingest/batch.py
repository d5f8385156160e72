"""Many events in one call: ``POST /api/v1/events``."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pingpilot.domain.errors import BodyTooLarge, Overloaded, PingPilotError, QuotaReached
from pingpilot.domain.event import BODY_MAX_BYTES, NewEvent
from pingpilot.ingest.answers import Answer, answered, quoted, result_of
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.call import Call
from pingpilot.ingest.idempotency import Ticket, key_in, replayed, ticket
from pingpilot.ingest.payload import parse
from pingpilot.ingest.single import STALE_TRIES, Single
from pingpilot.ingest.splitting import split
from pingpilot.store.batches import Many, Once, Piece, written
from pingpilot.store.events import Accept, Stale

BATCH_MAX_BYTES = 5 * 1024 * 1024
"""Source: SPEC section 5."""
AT_ONCE = 2
"""Batches in work: one in the hands of the writer while the next is prepared. Each may be a thousand events, and
single events wait for the commit of no more than one.
"""
IN_LINE_MAX = 32
"""Batches that wait for their turn, at up to 5 MiB each."""
AT_A_STRETCH = 50
"""Events that are read or prepared before others get their turn on the event loop: about half a millisecond."""

_HEAD = '{"message":"Batch processed. Each event has a result of its own","code":"batch_processed","results":['
_QUOTA_REACHED = QuotaReached()


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of a batch can be committed, and the text of its answer but for what only the commit knows."""

    units: Sequence[Accept]
    pieces: Sequence[Piece]


class Batch:
    """Serves calls that bring many events; one that brings a single event is served as such."""

    def __init__(self, single: Single) -> None:
        """Take who serves single events, and with it all the parts."""
        self._single = single
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._writing = asyncio.Lock()
        self._in_line = 0

    async def serve(self, call: Call, caller: Caller) -> Answer:
        """Check in the contract's order, commit what is valid, and answer for each event."""
        single, key = self._single, key_in(call.head)
        if key is None:
            single.acceptor.check(caller)
        body = await single.bodies.read(call, BATCH_MAX_BYTES)
        mine = None if key is None else ticket(caller.access.workspace, key, body)
        if mine is None:
            return await self._accept(call, caller, body, None)
        return await single.memory.guard(mine, lambda: self._accept(call, caller, body, mine))

    async def _accept(self, call: Call, caller: Caller, body: bytes, mine: Ticket | None) -> Answer:
        single = self._single
        if mine is not None:
            single.acceptor.check(caller)
        items = split(body)
        if items is None:
            if len(body) > BODY_MAX_BYTES:
                raise BodyTooLarge(BODY_MAX_BYTES)
            return await single.accept(call, caller, body, mine)
        if self._in_line >= IN_LINE_MAX:
            raise Overloaded
        self._in_line += 1
        try:
            async with self._turns:
                return await self._accept_many(call, caller, items, mine)
        finally:
            self._in_line -= 1

    async def _accept_many(self, call: Call, caller: Caller, items: Sequence[bytes], mine: Ticket | None) -> Answer:
        single = self._single
        events = await _parsed(items, single.now)
        for _ in range(STALE_TRIES):
            answer = await self._try(caller, events, mine)
            if answer is not None:
                return answer
            caller = await single.gate.admit(call)
            single.acceptor.check(caller)
        raise Overloaded

    async def _try(
        self, caller: Caller, events: Sequence[NewEvent | PingPilotError], mine: Ticket | None
    ) -> Answer | None:
        """Answer, or return None when the workspace has changed at this moment."""
        single = self._single
        plan = await self._plan(caller, events)
        if not plan.units:
            earlier = None if mine is None else await single.memory.earlier(mine)
            return earlier or answered(207, written(plan.pieces, ()).encode())
        once: Once | None = None if mine is None else mine.once(207, *plan.pieces)
        async with self._writing:
            result = await single.acceptor.accept_many(caller, plan.units, once)
        if isinstance(result, Stale):
            return None
        if not isinstance(result, Many):
            return replayed(result)
        return answered(207, written(plan.pieces, result.answers).encode())

    async def _plan(self, caller: Caller, events: Sequence[NewEvent | PingPilotError]) -> _Plan:
        acceptor, now = self._single.acceptor, self._single.now()
        units: list[Accept] = []
        pieces: list[Piece] = [_HEAD]
        for index, event in enumerate(events):
            if index:
                pieces.append(",")
            try:
                unit = acceptor.unit(caller, _right(event), now)
            except PingPilotError as error:
                pieces.append(result_of(index, error))
            else:
                units.append(unit)
                pieces.append((result_of(index, unit.event_id), result_of(index, _QUOTA_REACHED)))
            await _pause(index)
        pieces.append(_tail(self._single.hint(caller) if units else ""))
        return _Plan(units, pieces)


async def _parsed(items: Sequence[bytes], now: Callable[[], datetime]) -> list[NewEvent | PingPilotError]:
    """Return the event of each item, or why it is none."""
    events: list[NewEvent | PingPilotError] = []
    for index, item in enumerate(items):
        try:
            if len(item) > BODY_MAX_BYTES:
                raise BodyTooLarge(BODY_MAX_BYTES)
            events.append(parse(item, now()))
        except PingPilotError as error:
            events.append(error)
        await _pause(index)
    return events


async def _pause(index: int) -> None:
    if index % AT_A_STRETCH == AT_A_STRETCH - 1:
        await asyncio.sleep(0)


def _right(event: NewEvent | PingPilotError) -> NewEvent:
    if isinstance(event, PingPilotError):
        raise event
    return event


def _tail(hint: str) -> str:
    return f'],"hint":{quoted(hint)}}}' if hint else "]}"
