"""Slots: bounded, and nobody keeps them from others for longer than a second."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from pingpilot.deliver.slots import ALL_FACTOR, PATIENCE, SLOW_FACTOR, Opening, Pace, Slots
from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from tests.unit.deliver.sample import NOW, Clock

SIZE = 8
JUST_IN_TIME = PATIENCE - timedelta.resolution


class Crowd:
    """Deliveries that go wherever they are let in, and end when they are told to."""

    def __init__(self, size: int = SIZE) -> None:
        self.slots, self.clock = Slots(size), Clock()
        self.talking: dict[DeliveryId, Route] = {}
        self._count = 0

    def come(self, *ways: Route) -> list[DeliveryId]:
        """Let in whom there is room for at one opportunity, and have them begin."""
        opening, free = Opening(self.slots, self.clock), self.slots.free(self.clock())
        admitted = [way for way in ways if opening.admits(way)][: max(0, free)]
        return [self._begin(way) for way in admitted]

    def go(self, *deliveries: DeliveryId) -> list[bool]:
        for delivery in deliveries:
            del self.talking[delivery]
        return [self.slots.end(delivery, self.clock()) for delivery in deliveries]

    def of(self, workspace: int) -> int:
        return sum(way.workspace == workspace for way in self.talking.values())

    def prove(self, *ways: Route) -> None:
        for way in ways:
            self.go(*self.come(way))

    def hang(self, *ways: Route) -> None:
        """Let each address take too long, and end."""
        for way in ways:
            begun = self.come(way)
            self.clock.advance(PATIENCE)
            self.slots.look(self.clock())
            self.go(*begun)

    def _begin(self, way: Route) -> DeliveryId:
        self._count += 1
        delivery = DeliveryId(f"{self._count:032x}")
        self.slots.begin(delivery, way, self.clock())
        self.talking[delivery] = way
        return delivery


def ways(count: int, workspace: int = 1, first: int = 0) -> list[Route]:
    return [
        Route(DestinationId(1_000 * workspace + number), "webhook", WorkspaceId(workspace))
        for number in range(first, first + count)
    ]


def test_those_known_as_quick_may_have_every_slot():
    crowd = Crowd()
    quick = ways(SIZE + 1)
    crowd.prove(*quick)
    assert len(crowd.come(*quick)) == SIZE


def test_a_long_one_steps_aside_and_is_known_as_long():
    crowd = Crowd(1)
    (one,) = crowd.come(*ways(1))
    assert crowd.slots.until_change(NOW) == PATIENCE
    assert crowd.slots.free(NOW + JUST_IN_TIME) == 0
    assert crowd.slots.free(NOW + PATIENCE) == 1
    assert len(crowd.slots) == 1
    assert crowd.go(one) == [True]
    assert len(crowd.slots) == 0


def test_a_long_one_is_known_as_long_also_where_nobody_looked_meanwhile():
    crowd = Crowd()
    (way,) = ways(1)
    (delivery,) = crowd.come(way)
    crowd.clock.advance(PATIENCE)
    assert crowd.go(delivery) == [True]
    assert crowd.slots.pace_of(way.destination) is Pace.SLOW


def test_a_clock_that_is_set_back_keeps_nobody_young():
    crowd = Crowd(1)
    crowd.come(*ways(1))
    assert crowd.slots.free(NOW - timedelta(hours=1)) == 1


def test_an_address_is_as_its_last_conversation_was():
    crowd = Crowd()
    (way,) = ways(1)
    assert crowd.slots.pace_of(way.destination) is Pace.NEW
    crowd.prove(way)
    assert crowd.slots.pace_of(way.destination) is Pace.QUICK
    crowd.hang(way)
    assert crowd.slots.pace_of(way.destination) is Pace.SLOW
    crowd.prove(way)
    assert crowd.slots.pace_of(way.destination) is Pace.QUICK


def test_new_addresses_leave_half_of_the_slots_to_those_that_are_quick():
    crowd = Crowd()
    quick = ways(SIZE, workspace=9)
    crowd.prove(*quick)
    begun = crowd.come(*(way for workspace in range(1, 9) for way in ways(SIZE, workspace)))
    assert len(begun) == SIZE // 2
    assert len(crowd.come(*quick)) == SIZE // 2


def test_of_the_places_for_new_addresses_one_workspace_leaves_some_to_the_next():
    crowd = Crowd()
    crowd.come(*ways(SIZE))
    assert crowd.of(1) < SIZE // 2
    assert crowd.come(*ways(1, workspace=2))


def test_slow_addresses_of_one_workspace_leave_room_for_those_of_another():
    crowd = Crowd()
    slow, others = ways(10 * SIZE), ways(SIZE, workspace=2)
    crowd.hang(*slow, *others)
    for _ in range(10 * SLOW_FACTOR):
        crowd.come(*slow)
        crowd.clock.advance(PATIENCE)
    assert SIZE < crowd.of(1) < SLOW_FACTOR * SIZE
    assert crowd.come(*others)


def test_who_waits_for_room_gets_it_when_the_young_step_aside():
    crowd = Crowd(2)
    crowd.come(*ways(2))
    opening = Opening(crowd.slots, crowd.clock)
    (late,) = ways(1, workspace=2)
    assert not opening.admits(late)
    crowd.clock.advance(PATIENCE)
    assert opening.admits(late)


@given(st.lists(st.tuples(st.sampled_from(["come", "go", "wait"]), st.integers(1, 4), st.integers(0, 20))))
def test_whatever_happens_they_are_bounded_and_no_place_is_lost(steps: list[tuple[str, int, int]]):
    crowd = Crowd(4)
    for what, workspace, number in steps:
        if what == "come":
            crowd.come(*ways(number, workspace))
        elif what == "wait":
            crowd.clock.advance(PATIENCE * number / 10)
        elif crowd.talking:
            crowd.go(list(crowd.talking)[number % len(crowd.talking)])
        assert len(crowd.slots) == len(crowd.talking) <= 4 * ALL_FACTOR
    crowd.go(*crowd.talking)
    assert crowd.slots.free(crowd.clock()) == 4
    assert crowd.slots.unproven == Slots(4).unproven
    assert crowd.slots.slow == Slots(4).slow
