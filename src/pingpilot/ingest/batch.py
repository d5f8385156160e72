"""Many events in one call: ``POST /api/v1/events``."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pingpilot.domain.errors import BodyTooLarge, Overloaded, PingPilotError, QuotaReached
from pingpilot.domain.event import BODY_MAX_BYTES, NewEvent
from pingpilot.ingest.answers import Answer, answered, quoted, result_of
from pingpilot.ingest.authenticate import Caller
from pingpilot.ingest.call import Call
from pingpilot.ingest.idempotency import Ticket, key_in, replayed, ticket
from pingpilot.ingest.payload import parse
from pingpilot.ingest.room import Room
from pingpilot.ingest.single import STALE_TRIES, Single
from pingpilot.ingest.splitting import EVENTS_MAX, split
from pingpilot.store.batches import Many, Once, Piece, written
from pingpilot.store.events import Accept, Stale

BATCH_MAX_BYTES = 5 * 1024 * 1024
"""Source: SPEC section 5."""
WITH_WRITER = EVENTS_MAX
"""Events of batches in the hands of the writer: single events wait for the commit of no more; small batches share."""
IN_WORK = 2 * EVENTS_MAX
"""Events of batches that are with the writer or being prepared for it."""
IN_LINE_MAX = 32
"""Batches that wait for their turn, at up to 5 MiB each."""
AT_A_STRETCH = 50
"""Events that are read or prepared before others get their turn on the event loop: about half a millisecond."""

T = TypeVar("T")

_HEAD = '{"message":"Batch processed. Each event has a result of its own","code":"batch_processed","results":['
_WITHOUT_QUOTA = result_of(0, QuotaReached()).removeprefix('{"index":0')


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
        self._work = Room(IN_WORK)
        self._writer = Room(WITH_WRITER)
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
            async with self._work.taken(len(items)):
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
        async with self._writer.taken(len(plan.units)):
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
        for start, stretch in _stretches(events):
            for index, unit in enumerate(acceptor.units(caller, stretch, now), start):
                comma = "," if index else ""
                if isinstance(unit, PingPilotError):
                    pieces.append(comma + result_of(index, unit))
                else:
                    units.append(unit)
                    pieces.append(_piece(index, unit, comma, holds=caller.picture.holds_over_limit))
            await asyncio.sleep(0)
        pieces.append(_tail(self._single.hint(caller) if units else ""))
        return _Plan(units, pieces)


def _piece(index: int, unit: Accept, comma: str, *, holds: bool) -> Piece:
    """Return the result of one event, for each way that the commit may go."""
    usual = (comma + result_of(index, unit.event_id), f'{comma}{{"index":{index}{_WITHOUT_QUOTA}')
    return (*usual, comma + result_of(index, unit.event_id, is_held=True)) if holds else usual


async def _parsed(items: Sequence[bytes], now: Callable[[], datetime]) -> list[NewEvent | PingPilotError]:
    """Return the event of each item, or why it is none."""
    events: list[NewEvent | PingPilotError] = []
    for _, stretch in _stretches(items):
        instant = now()
        events += [_event(item, instant) for item in stretch]
        await asyncio.sleep(0)
    return events


def _event(item: bytes, now: datetime) -> NewEvent | PingPilotError:
    if len(item) > BODY_MAX_BYTES:
        return BodyTooLarge(BODY_MAX_BYTES)
    try:
        return parse(item, now)
    except PingPilotError as error:
        return error


def _stretches(items: Sequence[T]) -> Iterator[tuple[int, Sequence[T]]]:
    """Yield the items in pieces, each with the index of its first."""
    return ((start, items[start : start + AT_A_STRETCH]) for start in range(0, len(items), AT_A_STRETCH))


def _tail(hint: str) -> str:
    return f'],"hint":{quoted(hint)}}}' if hint else "]}"
