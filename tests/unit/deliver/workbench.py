"""A worker between a real broker and made-up neighbours, on a loop where waiting takes no time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from pingpilot.deliver.attempt import Attempter
from pingpilot.deliver.settle import Moved
from pingpilot.deliver.worker import Clock, Worker
from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.outcome import Delivered, Outcome
from pingpilot.domain.rate import Rate
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.store.deliveries import Claim, Job, Release
from pingpilot.store.settlements import Settle, SettleMany
from pingpilot.store.writer import Writer
from tests.unit.deliver.sample import NOW, a_job
from tests.unit.deliver.swift import swiftly

MINUTE = timedelta(minutes=1)


class Store:
    """Leases each delivery once and keeps what is settled; away for the next ``away`` units.

    ``wrong`` are the letters of deliveries whose settlement it does not take, ``unreadable`` of those it cannot load.
    """

    def __init__(self, *jobs: Job) -> None:
        self.free = {job.delivery: job for job in jobs}
        self.settled: list[Settle] = []
        self.released: list[Release] = []
        self.away = 0
        self.wrong = self.unreadable = ""
        self.gate = asyncio.Event()
        self.gate.set()

    def submit(self, unit: Claim | SettleMany | Release) -> "asyncio.Future[Any]":
        if self.away:
            self.away -= 1
            raise Overloaded
        return asyncio.ensure_future(self._answer(unit))

    async def _answer(self, unit: Claim | SettleMany | Release) -> object:
        await self.gate.wait()
        if isinstance(unit, Release):
            self.released.append(unit)
            return [True] * len(unit.deliveries)
        if isinstance(unit, Claim):
            if any(delivery[0] in self.unreadable for delivery in unit.deliveries):
                raise InternalError
            return [self.free.pop(delivery, None) for delivery in unit.deliveries]
        if any(end.delivery[0] in self.wrong for end in unit.ends):
            raise InternalError
        self.settled += unit.ends
        return [True] * len(unit.ends)

    @property
    def states(self) -> dict[str, str]:
        return {unit.delivery[0]: unit.state.value for unit in self.settled}


@dataclass
class Attempts:
    """Ends each attempt as told by the delivery's letter: an outcome, an exception, or a gate to wait at first."""

    ends: dict[str, Outcome | Exception | asyncio.Event] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    limits: dict[str, Sequence[Rate]] = field(default_factory=dict)
    busy: int = 0
    most_busy: int = 0

    async def attempt(self, job: Job) -> Outcome:
        self.begun.append(job.delivery[0])
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            await asyncio.sleep(0.01)
            end = self.ends.get(job.delivery[0], Delivered())
            if isinstance(end, asyncio.Event):
                await end.wait()
                return Delivered()
            if isinstance(end, Exception):
                raise end
            return end
        finally:
            self.busy -= 1

    def rates(self) -> dict[str, Sequence[Rate]]:
        return self.limits

    def moved(self, job: Job, changes: object) -> Moved | None:
        return Moved(b"moved", b"i" * 32) if changes else None


class Custodian(EmbeddedBroker):
    """Keeps of which ids it was told that they are settled."""

    def __init__(self) -> None:
        super().__init__()
        self.settled_ids: list[str] = []

    def settled(self, delivery: DeliveryId) -> None:
        self.settled_ids.append(delivery[0])


class Bench:
    """A worker between a real broker and made-up neighbours; time is that of the event loop."""

    def __init__(self, *jobs: Job, concurrency: int = 8, limits: dict[str, Sequence[Rate]] | None = None) -> None:
        self.store, self.attempts, self.broker = Store(*jobs), Attempts(limits=limits or {}), Custodian()
        loop = asyncio.get_running_loop()
        begun = loop.time()

        def now() -> datetime:
            return NOW + timedelta(seconds=loop.time() - begun)

        parts = cast("Writer", self.store), cast("Attempter", self.attempts), Clock(now, lambda: 0.5)
        self.worker = Worker(self.broker, *parts, name="worker-1", concurrency=concurrency)
        self.running = asyncio.ensure_future(self.worker.run())
        self.full_room = self.broker.room
        self.announce(*jobs)

    def announce(self, *jobs: Job) -> None:
        routes = [Route(job.destination, job.channel, job.workspace) for job in jobs]
        self.broker.announce(routes, [job.delivery for job in jobs])

    async def until(self, is_so: Callable[[], object]) -> None:
        async with asyncio.timeout(600):
            while not is_so():  # noqa: ASYNC110 - time is skipped here
                await asyncio.sleep(0.1)

    async def stop(self, timeout: timedelta = MINUTE) -> None:  # noqa: ASYNC109 - as the worker's own
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running
        await self.worker.drain(timeout)


def promise(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Let a test run on a loop where waiting takes no time."""

    def run() -> None:
        swiftly(test())  # type: ignore[arg-type]  # an async function's awaitable is a coroutine

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def jobs(letters: str, **members: Any) -> list[Job]:
    """Return deliveries to an address each."""
    return [a_job(letter, destination=DestinationId(ord(letter)), **members) for letter in letters]


def strangers(letters: str) -> list[Job]:
    """Return deliveries to an address each, of a workspace each."""
    return [replace(job, workspace=WorkspaceId(job.destination)) for job in jobs(letters)]
