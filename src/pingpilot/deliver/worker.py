"""The loop: receive ids, claim them, attempt, settle. Bounded, and drained on SIGTERM."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pingpilot.deliver.attempt import Attempter
from pingpilot.deliver.claiming import Claims
from pingpilot.deliver.figures import Figures
from pingpilot.deliver.pacing import Pauses, Told, told
from pingpilot.deliver.rates import Rates
from pingpilot.deliver.recording import Recorder
from pingpilot.deliver.settle import Moment, decide, defer
from pingpilot.deliver.slots import Opening, Pace, Slots
from pingpilot.domain.ids import EventId, WorkspaceId
from pingpilot.domain.outcome import HELD, NAMES, AddressDead, Delivered, Outcome, RateLimited, Scope, SenderBroken
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.ahead import Ahead
from pingpilot.queue.bell import Bell
from pingpilot.queue.broker import Broker
from pingpilot.queue.handover import Handover
from pingpilot.queue.lanes import MayGo, Turn
from pingpilot.store.deliveries import Job
from pingpilot.store.settlements import Settle
from pingpilot.store.writer import Writer

SETTLING_FACTOR = 8
"""Attempts that wait for their commit, for each slot; past it nothing is taken up."""
REST_MAX = timedelta(minutes=1)
"""How long a provider that took a message has us wait at most: a refusal may say more."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Clock:
    """The present, and random numbers from 0 to 1 that spread retries."""

    now: Callable[[], datetime]
    spread: Callable[[], float]


class Worker:
    """Attempts up to ``concurrency`` deliveries at a time, and more while some take long, on the running event loop."""

    def __init__(
        self, broker: Broker, writer: Writer, attempter: Attempter, clock: Clock, *, name: str, concurrency: int
    ) -> None:
        """Take the parts; ``name`` marks this worker's leases."""
        self.name = name
        self._broker = broker
        self._attempter = attempter
        self.rates = Rates(attempter.rates(), clock.now)
        self._clock = clock
        self._slots = Slots(concurrency)
        self._settling_max = concurrency * SETTLING_FACTOR
        self.paused: Callable[[str], None] = lambda _word: None
        """Hears of each pause, as a word for other workers."""
        self._bell = Bell()
        self._recorder = Recorder(writer, clock.now, self._bell)
        self._recorder.committed = broker.settled
        self._claims = Claims(writer, self._recorder, clock.now, name, self._claimed)
        self.pauses = Pauses()
        self.figures = Figures()
        give_back = self._recorder.give_back
        self.handover = Handover(broker, name, clock.now, self._is_swift, give_back, self._is_quick)
        self._ahead = Ahead(writer, self.handover, name, clock.now, give_back)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    @property
    def in_flight(self) -> int:
        """How many attempts are made at present, or about to be."""
        return len(self._slots)

    def tell(self, listener: Callable[[EventId], None]) -> None:
        """Have somebody told of each event that may be final now: one of its deliveries is."""
        self._recorder.tell = listener

    def report(self, listener: Callable[[WorkspaceId], None]) -> None:
        """Have somebody told of each workspace in which an attempt was recorded, however it ended."""
        self._recorder.report = listener

    def may_go(self, route: Route) -> bool:
        """Tell whether deliveries on a route may be attempted now, or their provider asked us to leave it alone."""
        return self.pauses.until(route, self._clock.now()) is None

    def lead(self) -> Callable[[Sequence[Route]], Sequence[Route]]:
        """Lease ahead from now on; return who takes over routes on which something is due, and returns the others.

        For a broker whose ids all come here.
        """
        self.handover.leave = self._ahead.hear
        return self._ahead.take_over

    def pause(self, word: str) -> None:
        """Hear of a pause that another worker was asked for."""
        try:
            scope, route, seconds = told(word)
        except ValueError:  # of a later release
            return
        now = self._clock.now()
        self.pauses.pause(route, scope, now + timedelta(seconds=seconds), now)

    async def run(self) -> None:
        """Work until cancelled, or until ``drain`` is called."""
        while not self._is_stopping:
            room = min(self._slots.free(self._clock.now()), self._settling_max - self._recorder.waiting)
            if room > 0:
                self._take(await self._broker.receive(room, self._admission()))
            else:
                await self._bell.heard(self._slots.until_change(self._clock.now()).total_seconds())

    def _admission(self) -> MayGo:
        """Return who may begin now; room is looked at last, since who finds some counts as let in."""
        opening, rates = Opening(self._slots, self._clock.now), self.rates

        def may_begin(route: Route) -> bool:
            begins = rates.allow(route) and self.may_go(route) and opening.admits(route)
            if begins:
                rates.count(route)
            return begins

        return may_begin

    async def drain(self, timeout: timedelta) -> None:  # noqa: ASYNC109 - it bounds several waits together
        """Take up nothing more and finish what is in flight; what is late keeps its lease, to be rescued."""
        self._is_stopping = True
        self.handover.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout.total_seconds()):
                await self._ahead.ended()
                await self._claims.ended()
                if self._tasks:
                    await asyncio.wait(self._tasks)
                await self._recorder.ended()
        for task in self._tasks:
            task.cancel()

    def _is_swift(self, route: Route) -> bool:
        """Tell whether a delivery on a route can be attempted at once, as far as is known."""
        return self._slots.pace_of(route.destination) is not Pace.SLOW and self._may_go_now(route)

    def _is_quick(self, route: Route) -> bool:
        """Tell whether the last conversation with an address was quick, and it may be spoken to."""
        return self._slots.pace_of(route.destination) is Pace.QUICK and self._may_go_now(route)

    def _may_go_now(self, route: Route) -> bool:
        """Tell whether a route is neither paused nor at its provider's limit."""
        return self.rates.allow(route) and self.may_go(route)

    def _take(self, turns: Sequence[Turn]) -> None:
        """Start what is leased already, and have the rest leased."""
        unclaimed = []
        for turn in turns:
            job = self.handover.take(turn[0])
            if job is None:
                self._slots.expect(*turn)
                unclaimed.append(turn)
            else:
                self.figures.claims["leased"] += 1
                self._start(job)
        self._claims.want(unclaimed)

    def _claimed(self, turn: Turn, job: Job | None) -> None:
        """Start the attempt of what was claimed; else another has it, or the store did not answer."""
        delivery, route = turn
        job = job or self.handover.take(delivery)  # leased ahead at the same moment
        self.figures.claims["missed" if job is None else "claimed"] += 1
        if job is None:
            self._slots.forgo(delivery, route)
            self._broker.done(delivery)
            self._broker.settled(delivery)
            self._bell.ring()
        else:
            self._start(job)

    def _start(self, job: Job) -> None:
        self._slots.begin(job.delivery, job, self._clock.now())
        task = asyncio.create_task(self._deliver(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, job: Job) -> None:
        """Attempt, then settle; the slot and the address are free for the next as soon as the attempt is over."""
        try:
            end = await self._attempt(job)
        except Exception as error:  # noqa: BLE001 - whatever breaks one attempt, the worker goes on; its lease is rescued
            _log.error("delivery.crashed", error=repr(error))
            self._broker.settled(job.delivery)
        else:
            self._recorder.note(end)
        finally:
            was_slow = self._slots.end(job.delivery, self._clock.now())
            self._broker.done(job.delivery, was_slow=was_slow)
            self._bell.ring()

    async def _attempt(self, job: Job) -> Settle:
        started_at = self._clock.now()
        if (until := self.pauses.until(job, started_at)) is not None:
            return defer(job, until, started_at)
        if not job.attempts:
            self.figures.began(started_at - job.begun_at)
        outcome = await self._attempter.attempt(job)
        self.figures.attempts[job.channel, NAMES[type(outcome)]] += 1
        moved = self._attempter.moved(job, outcome.new_settings) if isinstance(outcome, Delivered) else None
        end = decide(job, outcome, Moment(started_at, self._clock.now(), self._clock.spread()), moved)
        if isinstance(outcome, Delivered) and outcome.rest:
            self._rest(job, end.now + min(outcome.rest, REST_MAX), end.now)
        if isinstance(outcome, HELD):  # a provider asked us to leave it alone
            is_refusal = isinstance(outcome, SenderBroken)
            is_news = self.pauses.pause(job, outcome.scope, end.due_at, end.now, is_refusal=is_refusal)
            if is_news:
                self._tell(job, outcome, end)
        if isinstance(outcome, AddressDead) or moved:
            self.handover.forget(job.workspace)
        _report(job, outcome, end)
        return end

    def _rest(self, job: Job, until: datetime, now: datetime) -> None:
        """Leave an address alone for a while that took a message, and no more for now."""
        self.pauses.pause(job, Scope.ADDRESS, until, now)
        self._pass_on(job, Scope.ADDRESS, until - now)

    def _tell(self, job: Job, outcome: RateLimited | SenderBroken, end: Settle) -> None:
        """Tell other workers of a pause, and the operator once for each that concerns a credential of ours.

        Of an address that refuses us each worker learns by itself, since each lifts that once it was mended.
        """
        is_refusal = isinstance(outcome, SenderBroken) and outcome.scope is Scope.ADDRESS
        if outcome.scope is not Scope.PROCESS and not is_refusal:
            self._pass_on(job, outcome.scope, end.due_at - end.now)
        if isinstance(outcome, SenderBroken):
            _alarm(job, outcome, end)

    def _pass_on(self, job: Job, scope: Scope, pause: timedelta) -> None:
        """Say a pause, for other workers."""
        route = Route(job.destination, job.channel, job.workspace)
        self.paused(Told(scope, route, pause.total_seconds()).word())


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
    is_usual = isinstance(outcome, Delivered)
    if is_usual and not _log.is_enabled_for(logging.DEBUG):
        return
    tried = unit.tried
    say = _log.debug if is_usual else _log.info
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
