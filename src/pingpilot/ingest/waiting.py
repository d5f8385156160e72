"""``Prefer: wait=N``: the answer once every delivery is final, or N seconds have passed.

Source: RFC 7240 section 4.3. The worker of this process says when a delivery is final; for those of other processes
the store is asked, for all that wait at once.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.errors import DeliveryFailed, InternalError, Overloaded
from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import EventId
from pingpilot.ingest.answers import Answer, Header, answered, refused, with_members
from pingpilot.ingest.call import Call, ClientGone
from pingpilot.ingest.idempotency import Ticket
from pingpilot.store.endings import DeliveryEnding, Ending, endings
from pingpilot.store.events import Accept
from pingpilot.store.idempotency import Amend
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer

PREFER = b"prefer"
WAITING_MAX = 1_000
"""Calls that wait at one time; further ones are answered at once."""
LONGEST_S = 30
POLL_S = 0.25

_WAIT = re.compile(rb'(?i)(?:^|,)[ \t]*wait[ \t]*=[ \t]*"?([0-9]{1,9})"?[ \t]*(?=;|,|$)')


def seconds_to_wait(headers: Iterable[Header]) -> int | None:
    """Return the seconds of the first ``wait`` among the Prefer headers; None without one, or out of bounds."""
    preferences = b",".join(value for name, value in headers if name == PREFER)
    found = _WAIT.search(preferences)
    seconds = int(found[1]) if found else 0
    return seconds if 1 <= seconds <= LONGEST_S else None


class Waiting:
    """Those who wait for their events. Lives on one event loop; ``close`` at the end."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        """Take whom to ask, and who amends recorded answers."""
        self._reader = reader
        self._writer = writer
        self._waiters: dict[EventId, asyncio.Future[Ending]] = {}
        self._named: set[EventId] = set()
        self._nudge = asyncio.Event()
        self._poll: asyncio.Task[None] | None = None

    async def answer(self, call: Call, unit: Accept, text: bytes, mine: Ticket | None) -> Answer:
        """Answer a call whose event is committed; ``text`` is the answer without waiting."""
        seconds = seconds_to_wait(call.scope["headers"])
        if seconds is None or len(self._waiters) >= WAITING_MAX:
            return answered(200, text)
        ending = await self._outcome(call, unit, seconds)
        if ending is None:
            return answered(200, text)
        answer = _told(unit.event_id, ending, text, [(b"preference-applied", b"wait=%d" % seconds)])
        if mine is not None:
            await self._amend(mine, answer)
        return answer

    def look(self, event: EventId) -> None:
        """Hear that a delivery of an event is final, so that the event may be; call it on the event loop."""
        if event in self._waiters:
            self._named.add(event)
            self._nudge.set()

    async def close(self) -> None:
        """Let nobody wait any longer."""
        for waiter in self._waiters.values():
            waiter.cancel()
        if self._poll is not None:
            self._poll.cancel()
            await asyncio.gather(self._poll, return_exceptions=True)

    async def _outcome(self, call: Call, unit: Accept, seconds: int) -> Ending | None:
        """Return how the event stands in the end; None when the store does not say."""
        if not unit.delivery_ids:
            return Ending(EventStatus.DELIVERED, ())
        waiter: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._waiters[unit.event_id] = waiter
        gone = asyncio.ensure_future(call.receive())
        if self._poll is None or self._poll.done():
            self._poll = asyncio.create_task(self._ask_again_and_again())
        try:
            either: set[asyncio.Future[Any]] = {waiter, gone}
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if waiter.done():
                return None if waiter.cancelled() else waiter.result()
            if gone.done() and gone.result()["type"] == "http.disconnect":
                raise ClientGone
        except asyncio.CancelledError:  # the server stops: the event is committed, and its client is told so much
            return None
        finally:
            del self._waiters[unit.event_id]
            self._named.discard(unit.event_id)
            gone.cancel()
        return await self._ask_once(unit.event_id)

    async def _ask_once(self, event: EventId) -> Ending | None:
        try:
            found = await self._reader.run(endings, [event], is_final=False)
        except Overloaded:
            return None
        return found.get(event)

    async def _ask_again_and_again(self) -> None:
        """Ask for events that were named as soon as they are, and for all at a steady pace, while anybody waits."""
        loop = asyncio.get_running_loop()
        due = loop.time() + POLL_S
        while self._waiters:
            await self._nudged(due - loop.time())
            if loop.time() >= due:
                due = loop.time() + POLL_S
                asked = list(self._waiters)
            else:
                asked = [event for event in self._named if event in self._waiters]
            self._named.clear()
            await self._ask(asked)

    async def _nudged(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(max(0, timeout_s)):
                await self._nudge.wait()
        except TimeoutError:
            pass
        self._nudge.clear()

    async def _ask(self, events: Sequence[EventId]) -> None:
        try:
            found = await self._reader.run(endings, events, is_final=True) if events else {}
        except Overloaded:  # the next turn asks again
            return
        for event, ending in found.items():
            waiter = self._waiters.get(event)
            if waiter is not None and not waiter.done():
                waiter.set_result(ending)

    async def _amend(self, mine: Ticket, answer: Answer) -> None:
        """Record the fuller answer; where it cannot be, the shorter one stays."""
        try:
            await self._writer.submit(Amend(mine.workspace, mine.key, answer.status, answer.body.decode()))
        except (Overloaded, InternalError):
            return


def _told(event: EventId, ending: Ending, text: bytes, headers: list[Header]) -> Answer:
    """Return the answer that says how each delivery stands."""
    members = {"status": ending.status.value, "deliveries": [_shown(one) for one in ending.deliveries]}
    if ending.deliveries and all(one.state is DeliveryState.DEAD for one in ending.deliveries):
        return refused(DeliveryFailed(), headers, eventId=event, **members)
    return answered(200, with_members(text, members), headers)


def _shown(delivery: DeliveryEnding) -> dict[str, object]:
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "destination": str(delivery.destination),
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "isMaybeRepeat": delivery.is_maybe_repeat,
        "detail": delivery.detail,
    }
