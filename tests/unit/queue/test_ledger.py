"""What the relay has announced of late is not announced again at every look."""

from itertools import pairwise

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.nats.ledger import FIRST_AGAIN_S, LONGEST_AGAIN_S, LONGEST_REST_S, Ledger
from pingpilot.queue.lanes import LANE_MAX

HERE, THERE = (Route(DestinationId(number), "webhook", WorkspaceId(1)) for number in (1, 2))


class Clock:
    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def new(ledger: Ledger, letters: str, way: Route = HERE) -> str:
    found = ledger.new([way] * len(letters), [DeliveryId(letter * 32) for letter in letters])
    return "".join(delivery[0] for delivery, _ in found)


def test_what_was_announced_is_not_announced_again_until_its_time_is_over():
    clock = Clock()
    ledger = Ledger(clock)
    assert new(ledger, "ab") == "ab"
    clock.at += FIRST_AGAIN_S / 2
    assert new(ledger, "abc") == "c"
    clock.at += FIRST_AGAIN_S / 2
    assert new(ledger, "abc") == "ab"


def test_where_nothing_moves_it_is_announced_again_more_and_more_seldom():
    clock = Clock()
    ledger = Ledger(clock)
    times = []
    for _ in range(300):
        if new(ledger, "a"):
            times.append(clock.at)
        clock.at += 0.5
    spaces = [later - earlier for earlier, later in pairwise(times)]
    assert spaces == [1, 2, 4, 8, 16, *[LONGEST_AGAIN_S] * (len(spaces) - 5)]
    assert len(spaces) > 6


def test_where_something_moves_what_found_no_room_is_announced_again_soon():
    clock = Clock()
    ledger = Ledger(clock)
    for _ in range(100):
        new(ledger, "ab")
        clock.at += 0.5
    assert new(ledger, "ab") == ""
    new(ledger, "b")
    clock.at += FIRST_AGAIN_S
    assert new(ledger, "b") == "b"


def test_what_was_taken_care_of_and_is_due_once_more_is_announced_at_once():
    ledger = Ledger(Clock())
    assert new(ledger, "ab") == "ab"
    assert new(ledger, "b") == ""
    assert new(ledger, "ab") == "a"


def test_an_address_at_which_nothing_moves_is_looked_at_more_and_more_seldom():
    clock = Clock()
    ledger = Ledger(clock)
    assert new(ledger, "a") == "a"
    assert ledger.room_on(HERE.destination) == LANE_MAX
    rests = []
    for _ in range(8):
        new(ledger, "a")
        begun = clock.at
        while not ledger.room_on(HERE.destination):
            clock.at += 0.125
        rests.append(clock.at - begun)
    assert rests == sorted(rests)
    assert rests[0] < 1
    assert rests[-1] == LONGEST_REST_S


def test_an_address_at_which_something_moves_is_looked_at_each_time():
    ledger = Ledger(Clock())
    new(ledger, "a")
    new(ledger, "a")
    assert ledger.room_on(HERE.destination) == 0
    assert new(ledger, "ab") == "b"
    assert ledger.room_on(HERE.destination) == LANE_MAX


def test_addresses_are_of_no_consequence_to_each_other():
    ledger = Ledger(Clock())
    new(ledger, "a")
    new(ledger, "a")
    assert ledger.room_on(THERE.destination) == LANE_MAX
    assert new(ledger, "b", THERE) == "b"
