"""What is leased of a backlog before its turn: of quick addresses only, bounded, and given back where it must be."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.domain.ids import CategoryId, DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.ahead import AHEAD_MAX, LOOK_AGAIN_S, REST, Ahead
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.queue.handover import LEASE, Handover
from pingpilot.queue.lanes import SHARE_FIRST, SHARE_MAX, SHARE_STEP, SOON_FACTOR
from pingpilot.store.backlog import ClaimDue, ReleaseAll
from pingpilot.store.deliveries import Job, Release
from pingpilot.store.events import Accept, Accepted
from pingpilot.store.writer import Writer
from tests.unit.deliver.sample import NOW, Clock, a_job
from tests.unit.deliver.swift import swiftly
from tests.unit.queue.test_handover import CATEGORY, SALE

FULL = SHARE_MAX * SOON_FACTOR


def route(number: int, workspace: int = 1) -> Route:
    return Route(DestinationId(number), "webhook", WorkspaceId(workspace))


class Scene:
    """A store where much is due for some destinations, and a handover with all parts around it."""

    def __init__(self, due: dict[int, int]) -> None:
        self.due = due
        self.slow: set[int] = set()
        self.units: list[ClaimDue] = []
        self.refusal: Exception | None = None
        self.released: list[Release | ReleaseAll] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.clock, self.broker = Clock(), EmbeddedBroker()
        is_quick = lambda way: way.destination not in self.slow  # noqa: E731 - as the worker tells
        self.handover = Handover(self.broker, "me", self.clock, is_quick, self.released.append)
        self.ahead = Ahead(cast("Writer", self), self.handover, "me", self.clock, self.released.append)
        for number in due:
            self.quicken(number)

    def quicken(self, number: int) -> None:
        """Let an address show that it answers at once, till it has its full share."""
        for turn in range((SHARE_MAX - SHARE_FIRST) // SHARE_STEP):
            pk = DeliveryId(f"warm-{number}-{turn}")
            self.broker.announce([route(number)] * 2, [pk, DeliveryId(f"kept-{number}")])
            for delivery, _ in self.broker._lanes.take(2, lambda _: True):
                if delivery == pk:
                    self.broker.done(pk)

    def submit(self, unit: ClaimDue) -> "asyncio.Future[Any]":
        if isinstance(self.refusal, Overloaded):
            raise self.refusal
        return asyncio.ensure_future(self._answer(unit))

    async def _answer(self, unit: ClaimDue) -> list[Job]:
        await self.gate.wait()
        self.units.append(unit)
        if self.refusal is not None:
            raise self.refusal
        return [job for destination in unit.destinations for job in self._leased(destination, unit.each)]

    def _leased(self, destination: DestinationId, each: int) -> list[Job]:
        count = min(each, self.due[destination])
        self.due[destination] -= count
        left = self.due[destination]
        return [a_job(f"{destination}-{left + one}", destination=destination) for one in range(count)]

    async def attempt(self, limit: int = 10_000) -> list[Job]:
        """Take what gets its turn, and be done with it at once."""
        jobs = []
        for delivery, _ in self.broker._lanes.take(limit, lambda _: True):
            if (job := self.handover.take(delivery)) is not None:
                jobs.append(job)
            self.broker.done(delivery)
        await asyncio.sleep(0)
        return jobs


async def soon() -> None:
    await asyncio.sleep(LOOK_AGAIN_S * 2)


def test_a_backlog_is_leased_many_at_a_time_with_all_that_an_attempt_needs():
    async def check() -> None:
        scene = Scene({1: FULL * 3})
        assert scene.ahead.take_over([route(1)]) == []
        done: list[Job] = []
        while scene.due[1] or scene.handover.held:
            await soon()
            done += await scene.attempt()
        assert len({job.delivery for job in done}) == FULL * 3
        assert len(scene.units) < FULL * 3 / 16
        assert (scene.units[0].owner, scene.units[0].now, scene.units[0].until) == ("me", NOW, NOW + LEASE)

    swiftly(check())


def test_what_was_not_seen_to_be_quick_is_left_to_the_relay():
    async def check() -> None:
        scene = Scene({1: 100, 2: 100})
        scene.slow = {2}
        assert scene.ahead.take_over([route(1), route(2)]) == [route(2)]
        await soon()
        assert {destination for unit in scene.units for destination in unit.destinations} == {1}
        scene.slow = {1}
        scene.units.clear()
        await scene.attempt()
        await soon()
        assert scene.units == []

    swiftly(check())


def test_no_more_is_leased_than_may_be_marked_after_a_crash_and_all_have_their_part():
    async def check() -> None:
        scene = Scene(dict.fromkeys(range(1, 9), FULL * 2))
        scene.ahead.take_over([route(number) for number in scene.due])
        for _ in range(5):
            await soon()
            assert scene.handover.held <= AHEAD_MAX
        seen: set[int] = set()
        for _ in range(20):
            seen |= {job.destination for job in await scene.attempt(64)}
            await soon()
        assert seen == set(scene.due)

    swiftly(check())


def test_of_new_events_only_what_goes_soon_is_announced_and_the_rest_is_leased_ahead():
    async def check() -> None:
        scene = Scene({1: FULL})
        scene.handover.leave = scene.ahead.hear
        for number in range(FULL + 10):
            ids = [DeliveryId(f"new-{number}")]
            unit = Accept(WorkspaceId(1), 1, CategoryId(1), SALE, [route(1)], EventId(str(number)), ids, NOW)
            scene.handover.committed(unit, Accepted(1), CATEGORY)
        assert scene.broker.soon_on(DestinationId(1)) == 0
        for _ in range(3):
            await scene.attempt()
        await soon()
        assert {destination for unit in scene.units for destination in unit.destinations} == {1}

    swiftly(check())


def test_a_stop_in_the_middle_of_the_commit_gives_back_what_was_leased():
    async def check() -> None:
        scene = Scene({1: FULL})
        scene.gate.clear()
        scene.ahead.take_over([route(1)])
        await asyncio.sleep(0)
        scene.handover.stop()
        scene.gate.set()
        await scene.ahead.ended()
        assert _ids(scene.released) == FULL
        assert scene.handover.held == 0

    swiftly(check())


def test_who_has_stopped_leaves_all_to_the_relay_until_it_goes_on():
    async def check() -> None:
        scene = Scene({1: FULL})
        scene.handover.stop()
        assert scene.ahead.take_over([route(1)]) == [route(1)]
        scene.handover.resume()
        assert scene.ahead.take_over([route(1)]) == []
        await soon()
        assert scene.handover.held > 0

    swiftly(check())


def test_what_may_have_been_committed_is_given_back_as_a_whole():
    async def check() -> None:
        scene = Scene({1: FULL})
        scene.gate.clear()
        scene.ahead.take_over([route(1)])
        await asyncio.sleep(0)
        scene.refusal = InternalError()
        scene.gate.set()
        await soon()
        assert scene.released == [ReleaseAll("me", NOW + LEASE)]

    swiftly(check())


def test_while_the_store_is_away_the_relay_has_what_is_due():
    async def check() -> None:
        scene = Scene({1: FULL})
        scene.refusal = Overloaded()
        scene.ahead.take_over([route(1)])
        await scene.ahead.ended()
        assert scene.released == []
        scene.refusal = None
        scene.ahead.take_over([route(1)])
        await soon()
        assert scene.handover.held > 0

    swiftly(check())


def test_where_something_cannot_be_loaded_the_usual_way_says_which():
    async def check() -> None:
        scene = Scene({1: FULL})
        scene.refusal = InternalError()
        scene.ahead.take_over([route(1)])
        await soon()
        scene.refusal = None
        assert scene.ahead.take_over([route(1)]) == [route(1)]
        scene.clock.advance(REST)
        assert scene.ahead.take_over([route(1)]) == []

    swiftly(check())


def _ids(released: Sequence[Release | ReleaseAll]) -> int:
    return sum(len(release.deliveries) for release in released if isinstance(release, Release))
