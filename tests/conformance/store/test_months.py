"""Months on PostgreSQL: made ahead, never missed by an event, let go as a whole, and left alone by what is younger."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import EventId, id_at
from pingpilot.store import leaving, months, settlements
from pingpilot.store.filing import START
from pingpilot.store.forgetting import oldest, workspaces_with_old
from pingpilot.store.models import Attempt, Delivery, Event, Forgotten, Keeping, LeavingMonth, Tally, TallyMark
from pingpilot.store.sql import ask, is_sqlite
from tests.conformance.store.almanac import after, end_all, month, put_at, tables, where
from tests.conformance.store.house import House
from tests.conformance.store.shelf import file_all, tally_all
from tests.conformance.store.test_deliveries import claimed, settled
from tests.conformance.store.test_retention import apply

YEAR = timedelta(days=366)


@pytest.fixture
def house(house: House) -> House:
    if is_sqlite():
        pytest.skip("SQLite has no partitions; run with --postgresql")
    return house


def kept(house: House, days: int, plan: str = "FREE") -> None:
    house.set_plan(plan)
    Keeping.objects.update_or_create(workspace_id=house.workspace, defaults={"days": days})


def tallied(now: datetime) -> None:
    """File and tally everything, and let the mark stand at an instant."""
    file_all()
    tally_all(after=YEAR)
    TallyMark.objects.update(upto=id_at(now), reached=id_at(now))


def left(now: datetime) -> list[str]:
    """Let go what may, and count it out."""
    names = []
    while name := leaving.detach_next(now):
        names.append(name)
        while leaving.count_out():
            pass
    return names


def detached(house: House, events: int) -> None:
    """Put events into a month, and detach it once it is past their history; nothing is counted out yet."""
    kept(house, 30)
    months.make_ahead(month(0))
    put_at(house, month(0), events, routes=())
    now = after(months.parts()[1], 40)
    tallied(now)
    while leaving.detach_next(now):
        pass


def test_months_are_made_ahead_once(house: House):
    now = month(1)
    assert months.lacking(now) == 1 + months.AHEAD
    made = months.make_ahead(now)
    assert made == [f"{one:%Y_%m}" for one in (month(1), month(2), month(3), month(4))]
    assert (months.make_ahead(now), months.lacking(now)) == ([], 0)
    assert months.make_ahead(month(2)) == [f"{month(5):%Y_%m}"]
    months.analyze()


def test_what_is_there_already_is_the_first_part(house: House):
    now = month(-1)
    assert (months.lacking(now), months.make_ahead(month(-4))) == (months.AHEAD, [])
    (event,) = put_at(house, now, routes=house.routes[:1])
    assert where(event) == ["store_delivery_before", "store_event_before"]


def test_an_event_without_a_month_is_accepted_and_moves_when_it_is_made(house: House):
    (event,) = put_at(house, month(2), routes=house.routes[:1])
    delivery = Delivery.objects.get(event__id=event)
    apply(settlements.settle, settled(claimed(delivery.pk.hex), DeliveryState.DELIVERED))
    assert where(event) == ["store_attempt_other", "store_delivery_other", "store_event_other"]
    assert months.has_strays()
    months.make_ahead(month(2))
    part = f"{month(2):%Y_%m}"
    assert where(event) == [f"store_attempt_{part}", f"store_delivery_{part}", f"store_event_{part}"]
    assert not months.has_strays()
    assert Event.objects.get(pk=event).status == "DELIVERED"


def test_a_month_that_is_past_every_history_goes_with_all_that_hangs_on_it(house: House):
    kept(house, 30)
    months.make_ahead(month(0))
    at = month(0)
    gone = put_at(house, at, 3, routes=house.routes[:2])
    (young,) = put_at(house, month(1), routes=house.routes[:1])
    for delivery in Delivery.objects.filter(event=UUID(hex=gone[0])):
        apply(settlements.settle, settled(claimed(delivery.pk.hex), DeliveryState.DELIVERED))
    end_all()
    first, second = months.parts()[:2]
    now = after(second, 30)
    tallied(now)
    assert Tally.objects.filter(slots=96, series__name="").count() == 2
    assert left(now) == [first.name, second.name]
    assert [one.hex for one in Event.objects.values_list("pk", flat=True)] == [young]
    assert (Delivery.objects.count(), Attempt.objects.count(), LeavingMonth.objects.count()) == (1, 0, 0)
    assert ask("SELECT count(*) FROM store_search", ()) == [(1,)]
    assert list(Forgotten.objects.values_list("month", "category_name", "events")) == [(at.month, "sale", 3)]
    assert list(Tally.objects.filter(slots=96, series__name="").values_list("events", flat=True)) == [1]
    assert not [one for one in tables() if one.endswith((first.name, second.name))]


def test_a_month_stays_while_anybody_keeps_it(house: House):
    kept(house, 30)
    months.make_ahead(month(0))
    put_at(house, month(0), routes=())
    end_all()
    first, second = months.parts()[:2]
    tallied(after(second, 400))
    assert left(after(second, 29)) == [first.name]  # an empty one
    kept(house, 365)
    assert second.name not in left(after(second, 31))
    kept(house, 30, plan="UNLIMITED")
    assert second.name not in left(after(second, 400))
    kept(house, 30)
    Keeping.objects.all().delete()
    assert second.name not in left(after(second, 31))
    kept(house, 30)
    assert left(after(second, 31)) == [second.name]


def test_a_month_stays_while_something_in_it_is_on_its_way(house: House):
    kept(house, 30)
    months.make_ahead(month(0))
    (event,) = put_at(house, month(0), routes=house.routes[:1])
    second = months.parts()[1]
    now = after(second, 40)
    tallied(now)
    assert second.name not in left(now)
    assert where(event) == [f"store_delivery_{second.name}", f"store_event_{second.name}"]
    end_all()
    assert left(now) == [second.name]


def test_a_month_that_is_not_tallied_stays(house: House):
    kept(house, 30)
    months.make_ahead(month(0))
    put_at(house, month(0), routes=())
    second = months.parts()[1]
    assert left(after(second, 40)) == []
    assert TallyMark.objects.get().upto.hex == START


def test_an_interrupted_leaving_is_finished_and_counts_nothing_twice(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leaving, "SLICE", 2)
    detached(house, 5)
    assert Event.objects.count() == 0
    assert leaving.count_out()
    connection.close()  # whoever did this is gone
    while leaving.count_out():
        pass
    assert Forgotten.objects.get().events == 5
    assert Tally.objects.count() == 0


def test_deliveries_across_the_end_of_a_month_go_and_stay_with_their_event(house: House):
    kept(house, 30)
    months.make_ahead(month(0))
    first, second, third = months.parts()[:3]
    last_moment = second.until - timedelta(milliseconds=1)
    (event,) = put_at(house, last_moment, routes=house.routes[:1])
    behind = id_at(second.until)[:12] + event[12:]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE store_delivery SET id = %s", [behind])
    end_all()
    assert where(event) == [f"store_delivery_{third.name}", f"store_event_{second.name}"]
    now = after(third, 40)
    tallied(now)
    kept(house, 30, plan="UNLIMITED")  # the event stays, and the month behind it, which is empty, goes
    assert left(now)[:2] == [first.name, third.name]
    assert where(event) == ["store_delivery_other", f"store_event_{second.name}"]
    kept(house, 30)
    assert left(now) == [second.name]
    assert Delivery.objects.count() == 0


def test_a_workspace_can_be_deleted_while_a_month_of_its_events_leaves(house: House):
    detached(house, 3)
    Keeping.objects.all().delete()
    with connection.cursor() as cursor:
        for table in ("tally", "series", "quota", "category_destinations"):
            cursor.execute(f"DELETE FROM store_{table}")
        cursor.execute("DELETE FROM store_category; DELETE FROM store_destination; DELETE FROM store_workspace")
    while leaving.count_out():
        pass
    assert LeavingMonth.objects.count() == 0


def test_small_batches_go_on_inside_a_younger_month(house: House):
    kept(house, 30)
    months.make_ahead(month(0))
    old, young = put_at(house, month(0, 2), routes=()) + put_at(house, month(0, 20), routes=())
    now = month(1, 10)
    assert left(now) == []
    ((workspace, _, before),) = workspaces_with_old(now)
    assert [event for _, event in oldest(workspace, before, None, 10)] == [EventId(old)]
    assert Event.objects.filter(pk=young).exists()
