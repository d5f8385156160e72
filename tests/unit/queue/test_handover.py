"""What is leased in the commit of its event: only what goes at once, and never for long."""

from datetime import timedelta

import pytest

from pingpilot.domain.category import Category
from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import CategoryId, DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.queue.handover import HELD_MAX, HELD_MAX_BESIDE, LEASE, SOON, Handover
from pingpilot.queue.lanes import SHARE_FIRST, SOON_FACTOR
from pingpilot.store.deliveries import Release
from pingpilot.store.events import Accept, Accepted
from tests.unit.deliver.sample import NOW, Clock

SALE = NewEvent("sale", "Sold", '{"amount":99.90}', Severity.INFO, None, None, None)
CATEGORY = Category(CategoryId(1), "sale", 0xFF6B6B, "💰")
FIRST = SHARE_FIRST * SOON_FACTOR


class Scene:
    """A handover, its clock and its broker; the addresses in ``slow`` do not go at once."""

    def __init__(self) -> None:
        self.clock, self.broker = Clock(), EmbeddedBroker()
        self.slow: set[int] = set()
        self.released: list[Release] = []
        self.handover = Handover(
            self.broker, "me", self.clock, lambda way: way.destination not in self.slow, self.released.append
        )
        self._count = 0

    def event(self, *destinations: int, workspace: int = 1) -> Accept:
        self._count += 1
        ways = [Route(DestinationId(one), "webhook", WorkspaceId(workspace)) for one in destinations]
        ids = [DeliveryId(f"{self._count}-{one}") for one in destinations]
        event_id = EventId(str(self._count))
        return Accept(WorkspaceId(workspace), 1, CategoryId(1), SALE, ways, event_id, ids, self.clock.present)

    def commit(self, unit: Accept) -> list[bool]:
        """Let an event be committed, and return which of its deliveries were leased."""
        lease = self.handover.lease(unit).lease
        held = [] if lease is None else list(lease.held)
        self.handover.committed(unit, Accepted(1, [b"sealed"] * sum(held)), CATEGORY)
        return held


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_goes_at_once_is_leased_and_has_all_that_an_attempt_needs(scene: Scene):
    scene.slow = {2}
    unit = scene.event(1, 2, 3)
    lease = scene.handover.lease(unit).lease
    assert lease is not None
    assert (lease.owner, lease.until, lease.held) == ("me", NOW + LEASE, [True, False, True])
    scene.handover.committed(unit, Accepted(1, [b"one", b"three"]), CATEGORY)
    first, second, third = (scene.handover.take(pk) for pk in unit.delivery_ids)
    assert second is None
    assert first is not None
    assert third is not None
    assert (first.sealed, third.sealed, third.destination, third.owner) == (b"one", b"three", 3, "me")
    assert (first.source.emoji, first.source.fields_json, first.begun_at) == ("💰", '{"amount":99.90}', NOW)
    assert scene.handover.take(unit.delivery_ids[0]) is None


def test_where_nothing_goes_at_once_the_event_is_as_it_was(scene: Scene):
    scene.slow = {1}
    unit = scene.event(1)
    assert scene.handover.lease(unit) is unit
    scene.handover.committed(unit, Accepted(1), CATEGORY)
    assert scene.broker.room_on(DestinationId(1)) < scene.broker.room_on(DestinationId(2))


def test_an_address_is_leased_no_more_than_goes_soon(scene: Scene):
    promised = [scene.handover.lease(scene.event(1)).lease is not None for _ in range(FIRST + 5)]
    assert promised == [True] * FIRST + [False] * 5
    assert scene.handover.lease(scene.event(2)).lease is not None


def test_no_more_are_leased_in_all_than_may_be_marked_after_a_crash(scene: Scene):
    leased = [held for number in range(HELD_MAX + 5) for held in scene.commit(scene.event(number))]
    assert sum(leased) == HELD_MAX


def test_beside_a_backlog_fewer_new_ones_are_leased_and_those_of_its_addresses_are_left_to_it(scene: Scene):
    left: list[Route] = []
    scene.handover.leave = left.extend
    scene.handover.backlogs = {DestinationId(7)}
    leased = [held for number in range(8, HELD_MAX + 8) for held in scene.commit(scene.event(number))]
    assert sum(leased) == HELD_MAX_BESIDE
    assert left == []
    room = scene.broker.room
    scene.commit(scene.event(7, 6))
    assert [route.destination for route in left] == [7]
    assert scene.broker.room == room - 1


@pytest.mark.parametrize("refused", ["refused", "unknown"])
def test_what_was_not_stored_leaves_its_room_to_others(scene: Scene, refused: str):
    units = [scene.event(1) for _ in range(FIRST)]
    leases = [scene.handover.lease(unit).lease for unit in units]
    for unit in units:
        getattr(scene.handover, refused)(unit)
    assert scene.commit(scene.event(1)) == [True]
    given_back = [Release(list(unit.delivery_ids), "me", NOW + LEASE) for unit in units]
    assert scene.released == (given_back if refused == "unknown" else [])
    assert all(leases)


def test_what_does_not_get_its_turn_soon_is_given_back(scene: Scene):
    early = scene.event(1, 2)
    scene.commit(early)
    scene.clock.advance(SOON)
    late = scene.event(3)
    scene.commit(late)
    assert scene.handover.take(early.delivery_ids[0]) is None
    scene.handover.look()
    assert scene.released == [Release(list(early.delivery_ids), "me", NOW + LEASE)]
    assert scene.handover.take(late.delivery_ids[0]) is not None


def test_a_clock_that_is_set_back_keeps_nothing_leased(scene: Scene):
    unit = scene.event(1)
    scene.commit(unit)
    scene.clock.advance(-timedelta(hours=1))
    assert scene.handover.take(unit.delivery_ids[0]) is None
    scene.handover.look()
    assert [release.deliveries for release in scene.released] == [list(unit.delivery_ids)]


def test_a_workspace_that_changes_gets_back_what_was_leased_of_it(scene: Scene):
    mine, other = scene.event(1), scene.event(2, workspace=2)
    scene.commit(mine)
    scene.commit(other)
    scene.handover.forget(WorkspaceId(1))
    assert [release.deliveries for release in scene.released] == [list(mine.delivery_ids)]
    assert scene.handover.take(mine.delivery_ids[0]) is None
    assert scene.handover.take(other.delivery_ids[0]) is not None


def test_after_a_stop_nothing_is_leased(scene: Scene):
    unit = scene.event(1)
    scene.commit(unit)
    scene.handover.stop()
    assert [release.deliveries for release in scene.released] == [list(unit.delivery_ids)]
    assert scene.handover.lease(scene.event(2)).lease is None
    scene.handover.resume()
    assert scene.handover.lease(scene.event(2)).lease is not None


def test_what_is_committed_after_a_stop_is_given_back(scene: Scene):
    unit = scene.event(1)
    assert scene.handover.lease(unit).lease is not None
    scene.handover.stop()
    scene.handover.committed(unit, Accepted(1, [b"sealed"]), CATEGORY)
    assert [release.deliveries for release in scene.released] == [list(unit.delivery_ids)]
