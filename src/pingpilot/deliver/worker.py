"""The loop: receive ids, claim them, attempt, settle. Bounded, and drained on SIGTERM."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from pingpilot.deliver.attempt import Attempter
from pingpilot.deliver.pacing import Pauses
from pingpilot.deliver.settle import Moment, decide, defer
from pingpilot.deliver.slots import Opening, Slots
from pingpilot.domain.delivery import FINAL
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.outcome import NAMES, Delivered, Outcome, RateLimited, SenderBroken
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.broker import Broker
from pingpilot.queue.lanes import MayGo
from pingpilot.store.deliveries import Claim, Job, Release
from pingpilot.store.settlements import Settle
from pingpilot.store.writer import Writer

LEASE = timedelta(seconds=60)
RECORD_AGAIN = timedelta(seconds=1)
"""How long to wait before handing in again what the store did not take; ends with the lease."""
SETTLING_FACTOR = 4
"""Attempts that wait for their commit, for each slot; past it nothing is taken up."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Clock:
    """The present, and random numbers from 0 to 1 that spread retries."""

    now: Callable[[], datetime]
    spread: Callable[[], float]


def _tell_nobody(_event: EventId) -> None:
    """Do nothing."""


class Worker:
    """Attempts up to ``concurrency`` deliveries at a time, and more while some take long, on the running event loop."""

    def __init__(
        self, broker: Broker, writer: Writer, attempter: Attempter, clock: Clock, *, name: str, concurrency: int
    ) -> None:
        """Take the parts; ``name`` marks this worker's leases."""
        self._broker = broker
        self._writer = writer
        self._attempter = attempter
        self._clock = clock
        self._name = name
        self._slots = Slots(concurrency)
        self._settling_max = concurrency * SETTLING_FACTOR
        self._tell: Callable[[EventId], None] = _tell_nobody
        self._pauses = Pauses()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._taking: asyncio.Task[None] | None = None
        self._freed = asyncio.Event()
        self._is_stopping = False

    def tell(self, listener: Callable[[EventId], None]) -> None:
        """Have somebody told of each event that may be final now: one of its deliveries is."""
        self._tell = listener

    def may_go(self, route: Route) -> bool:
        """Tell whether deliveries on a route may be attempted now, or their provider asked us to leave it alone."""
        return self._pauses.until(route, self._clock.now()) is None

    async def run(self) -> None:
        """Work until cancelled, or until ``drain`` is called."""
        while not self._is_stopping:
            free = self._slots.free(self._clock.now())
            if free <= 0 or len(self._tasks) - len(self._slots) >= self._settling_max:
                self._freed.clear()
                with suppress(TimeoutError):
                    until_change = self._slots.until_change(self._clock.now())
                    await asyncio.wait_for(self._freed.wait(), until_change.total_seconds())
                continue
            ids = await self._broker.receive(free, self._admission())
            # Shielded: what is claimed must not be forgotten when this loop is cancelled; ``drain`` waits for it.
            self._taking = asyncio.create_task(self._take(ids))
            await asyncio.shield(self._taking)

    def _admission(self) -> MayGo:
        """Return who may begin now; pauses are looked at first, since who finds room counts as let in."""
        opening = Opening(self._slots, self._clock.now)
        return lambda route: self.may_go(route) and opening.admits(route)

    async def drain(self, timeout: timedelta) -> None:  # noqa: ASYNC109 - asyncio.wait needs the number itself
        """Take up nothing more and finish what is in flight; what is late keeps its lease, to be rescued."""
        self._is_stopping = True
        if self._taking is not None:
            await asyncio.wait([self._taking], timeout=timeout.total_seconds())
        if self._tasks:
            _done, late = await asyncio.wait(self._tasks, timeout=timeout.total_seconds())
            for task in late:
                task.cancel()

    async def _take(self, ids: Sequence[DeliveryId]) -> None:
        """Claim the ids in one commit and start an attempt for each that was free."""
        now = self._clock.now()
        claims: list[asyncio.Future[Job | None]] = []
        with suppress(Overloaded):  # those submitted before the store went away stay in the list
            claims.extend(self._writer.submit(Claim(delivery, self._name, now, now + LEASE)) for delivery in ids)
        jobs = await asyncio.gather(*claims, return_exceptions=True)
        for delivery, job in zip_longest(ids, jobs):
            if isinstance(job, Job):
                self._slots.begin(job, self._clock.now())
                self._start(self._deliver(job))
                continue
            self._broker.done(delivery)  # another has it, or the store did not answer
            if isinstance(job, Overloaded):  # and may have committed all the same
                self._start(self._record(Release(delivery, self._name, now + LEASE), now + LEASE))

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()):
            _log.error("delivery.crashed", error=repr(error))  # the lease is rescued

    async def _deliver(self, job: Job) -> None:
        """Attempt, then settle; the slot and the address are free for the next as soon as the attempt is over."""
        try:
            unit = await self._attempt(job)
        finally:
            was_slow = self._slots.end(job.delivery)
            self._freed.set()
            self._broker.done(job.delivery, was_slow=was_slow)
        await self._record(unit, unit.now + LEASE)
        if unit.state in FINAL:
            self._tell(unit.event)

    async def _attempt(self, job: Job) -> Settle:
        started_at = self._clock.now()
        if (until := self._pauses.until(job, started_at)) is not None:
            return defer(job, until, started_at)
        outcome = await self._attempter.attempt(job)
        moment = Moment(started_at, self._clock.now(), self._clock.spread())
        unit = decide(job, outcome, moment)
        if isinstance(outcome, RateLimited | SenderBroken):  # a provider asked us to leave it alone
            is_news = self._pauses.pause(job, outcome.scope, unit.due_at, unit.now)
            if is_news and isinstance(outcome, SenderBroken):
                _alarm(job, outcome, unit)
        if isinstance(outcome, Delivered):
            changes = outcome.new_settings
            sealed, identity = self._attempter.reseal(job, changes), self._attempter.identity(job, changes)
            unit = replace(unit, sealed=sealed, identity=identity)
        _report(job, outcome, unit)
        return unit

    async def _record(self, unit: Settle | Release, end: datetime) -> None:
        """Hand in a unit, again and again while the store is away, for as long as the lease lasts."""
        while True:
            try:
                await self._writer.submit(unit)
            except Overloaded:
                if self._clock.now() >= end:
                    raise
                await asyncio.sleep(RECORD_AGAIN.total_seconds())
            else:
                return


def _alarm(job: Job, outcome: SenderBroken, unit: Settle) -> None:
    """Say once for each pause that what we identify ourselves with is refused."""
    _log.error(
        "sender.broken",
        channel=job.channel,
        destination=job.destination,
        scope=outcome.scope.value,
        code=outcome.code,
        until=unit.due_at.isoformat(),
    )


def _report(job: Job, outcome: Outcome, unit: Settle) -> None:
    tried = unit.tried
    say = _log.debug if isinstance(outcome, Delivered) else _log.info
    say(
        "delivery.attempted",
        delivery=job.delivery,
        event_id=job.source.event_id,
        channel=job.channel,
        destination=job.destination,
        outcome=NAMES[type(outcome)],
        code=outcome.code,
        state=unit.state.value,
        duration_ms=tried.duration_ms if tried else 0,
    )
