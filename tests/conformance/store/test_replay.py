"""Sending again: what goes back to PENDING, what stays, and what it costs."""

from datetime import timedelta

import pytest

from pingpilot.domain.ids import EventId
from pingpilot.store import replay
from pingpilot.store.models import Delivery, Destination, Event
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans, put, report

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def event(house: House) -> str:
    """A failed event: dead, delivered, and one still on its way."""
    (event_id,) = put(house, report(), routes=house.routes)
    states = zip(("DEAD", "DELIVERED", "PENDING"), house.destinations, strict=True)
    for state, destination in states:
        end = None if state == "PENDING" else NOW
        Delivery.objects.filter(destination=destination).update(state=state, final_at=end, attempts=7)
    Event.objects.update(status="FAILED")
    return event_id


def states() -> list[tuple[str, int]]:
    return list(Delivery.objects.order_by("destination").values_list("state", "attempts"))


def test_what_is_final_begins_anew_and_the_event_with_it(house: House, event: str):
    assert replay.replay_event(EventId(event), house.destinations, LATER) == 2
    assert states() == [("PENDING", 0), ("PENDING", 0), ("PENDING", 7)]
    row = Delivery.objects.get(destination=house.destinations[0])
    assert (row.due_at, row.begun_at, row.final_at) == (LATER, LATER, None)
    assert Event.objects.get().status == "PENDING"


def test_a_second_replay_finds_nothing_left(house: House, event: str):
    replay.replay_event(EventId(event), house.destinations, LATER)
    assert replay.replay_event(EventId(event), house.destinations, LATER) == 0


def test_one_destination_may_be_chosen(house: House, event: str):
    assert replay.replay_event(EventId(event), house.destinations[:1], LATER) == 1
    assert states() == [("PENDING", 0), ("DELIVERED", 7), ("PENDING", 7)]


@pytest.mark.parametrize("change", [{"disabled_at": NOW}, {"removed_at": NOW}, {"verified_at": None}])
def test_what_is_not_active_is_left_alone(house: House, event: str, change):
    Destination.objects.filter(pk=house.destinations[0]).update(**change)
    assert replay.replay_event(EventId(event), house.destinations, LATER) == 1
    assert states()[0] == ("DEAD", 7)


def test_everything_dead_since_a_time(house: House):
    put(house, *[report() for _ in range(4)], routes=house.routes[:2])
    Delivery.objects.update(state="DEAD", final_at=NOW)
    Delivery.objects.filter(destination=house.destinations[1]).update(final_at=NOW - timedelta(minutes=1))
    Event.objects.update(status="FAILED")
    assert replay.replay_dead(house.destinations, NOW + timedelta(seconds=1), LATER) == 0
    assert replay.replay_dead(house.destinations, NOW, LATER) == 4
    assert Delivery.objects.filter(state="DEAD").count() == 4
    assert replay.replay_dead([], NOW - timedelta(days=1), LATER) == 0
    assert replay.replay_dead(house.destinations, NOW - timedelta(days=1), LATER) == 4


def test_one_call_is_bounded(house: House, monkeypatch):
    monkeypatch.setattr(replay, "REPLAYED_MAX", 3)
    put(house, *[report() for _ in range(4)], routes=house.routes[:2])
    Delivery.objects.update(state="DEAD", final_at=NOW)
    assert [replay.replay_dead(house.destinations, NOW, LATER) for _ in range(4)] == [3, 3, 2, 0]


def test_many_events_go_in_one_call(house: House):
    put(house, *[report() for _ in range(300)], routes=house.routes[:1])
    Delivery.objects.update(state="DEAD", final_at=NOW)
    assert replay.replay_dead(house.destinations, NOW, LATER) == 300


def test_no_replay_reads_a_whole_table(house: House, event: str):
    with no_scans(allowed=("SCAN v", "CONSTANT ROW")):
        replay.replay_event(EventId(event), house.destinations, LATER)
        replay.replay_dead(house.destinations, NOW, LATER)
