"""Lanes: fair turns, a share for each address, bounded, and nothing held twice or lost inside."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.lanes import LANE_MAX, SHARE_FIRST, SHARE_MAX, Lanes, MayGo

CAPACITY = 100


def way(destination: int, workspace: int = 1) -> Route:
    return Route(DestinationId(destination), "webhook", WorkspaceId(workspace))


def go(_route: Route) -> bool:
    return True


def filled(lanes: Lanes, route: Route, count: int, letter: str) -> None:
    for number in range(count):
        lanes.put(route, DeliveryId(f"{letter}{number}"))


def letters(taken: list[DeliveryId]) -> str:
    return "".join(delivery[0] for delivery in taken)


def take(lanes: Lanes, limit: int, may_go: MayGo = go) -> list[DeliveryId]:
    return [delivery for delivery, _ in lanes.take(limit, may_go)]


def test_workspaces_take_turns_and_in_each_its_addresses():
    lanes = Lanes(CAPACITY)
    filled(lanes, way(1), 20, "a")
    filled(lanes, way(2), 20, "b")
    filled(lanes, way(3, workspace=2), 2, "z")
    assert letters(take(lanes, 6)) == "azbzab"


def test_an_address_has_a_few_at_a_time_at_first_and_more_as_it_answers_quickly():
    lanes = Lanes(10_000)
    filled(lanes, way(1), LANE_MAX, "a")
    flying = take(lanes, 1_000)
    assert len(flying) == SHARE_FIRST
    for _ in range(SHARE_MAX):
        lanes.done(flying.pop(0))
        flying += take(lanes, 1_000)
    assert len(flying) == SHARE_MAX
    for delivery in flying:
        lanes.done(delivery, was_slow=True)
    assert len(take(lanes, 1_000)) == SHARE_FIRST


def test_an_address_holds_no_more_than_its_lane():
    lanes = Lanes(10_000)
    filled(lanes, way(1), LANE_MAX + 5, "a")
    assert (lanes.waiting, lanes.room_on(DestinationId(1))) == (LANE_MAX, 0)
    assert lanes.room_on(DestinationId(2)) == LANE_MAX


def test_who_has_nothing_waiting_gets_in_where_all_is_full():
    lanes = Lanes(CAPACITY)
    filled(lanes, way(1), CAPACITY + 20, "a")
    filled(lanes, way(2, workspace=2), 3, "z")
    assert lanes.room == 0
    assert letters(take(lanes, 6)) == "azazaz"


def test_where_all_is_full_every_address_has_about_its_part():
    lanes = Lanes(CAPACITY)
    for letter, destination in zip("abcd", range(4), strict=True):
        filled(lanes, way(destination), CAPACITY, letter)
    assert lanes.room_on(DestinationId(9)) == CAPACITY // 4
    held = Counter[str]()
    while taken := take(lanes, CAPACITY):
        held.update(letters(taken))
        for delivery in taken:
            lanes.done(delivery)
    assert held.total() == CAPACITY
    assert all(20 <= held[letter] <= 30 for letter in "abcd")


Step = tuple[str, int, int]
STEPS = st.lists(st.tuples(st.sampled_from(["put", "take", "done", "slow"]), st.integers(1, 6), st.integers(0, 30)))


@given(STEPS)
def test_whatever_happens_an_id_is_held_once_and_the_bounds_hold(steps: list[Step]):
    lanes, waiting, flying = Lanes(10), set[str](), list[DeliveryId]()
    for action, route, number in steps:
        if action == "put":
            delivery = DeliveryId(f"{route}-{number}")
            lanes.put(way(route, workspace=route % 2), delivery)
            waiting.add(delivery)
        elif action == "take":
            taken = take(lanes, number, lambda way, blocked=route: way.destination != blocked)  # type: ignore[misc]
            assert len(taken) <= number
            assert all(delivery in waiting and not delivery.startswith(f"{route}-") for delivery in taken)
            assert not set(taken) & set(flying)
            flying += taken
        elif flying:
            lanes.done(flying.pop(number % len(flying)), was_slow=action == "slow")
        assert 0 <= lanes.room <= 10
        assert lanes.waiting + len(flying) == 10 - lanes.room


def test_all_that_was_put_comes_out_and_nothing_stays_behind():
    lanes = Lanes(CAPACITY)
    for route in range(1, 8):
        filled(lanes, way(route, workspace=route % 3), 10, str(route))
    out: list[DeliveryId] = []
    while taken := take(lanes, 5):
        out += taken
        for delivery in taken:
            lanes.done(delivery)
    assert len(set(out)) == len(out) == 70
    assert (lanes.room, lanes.waiting) == (CAPACITY, 0)
