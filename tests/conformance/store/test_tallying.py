"""The tallies are brought up to date: each report once, whatever happens between the steps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import EventId, id_at
from pingpilot.domain.tally import NAMES_MAX
from pingpilot.store import tallying
from pingpilot.store.erasing import erase
from pingpilot.store.events import accept
from pingpilot.store.models import Delivery, Event, Series, Tallied, Tally, Workspace
from pingpilot.store.sql import is_sqlite
from pingpilot.store.tallying import TallyUp
from tests.conformance.store.house import House
from tests.conformance.store.shelf import no_scans, put, report, tally, tally_all

LONG = timedelta(minutes=10)


def next_unit(limit: int = 100, after: timedelta = timedelta(0), is_thorough: bool = True) -> TallyUp | None:
    now = datetime.now(UTC) + after
    return tallying.next_batch(None, limit, now, id_at(now - tallying.LATEST) if is_thorough else None).unit


def wanted(limit: int = 100, after: timedelta = timedelta(0)) -> TallyUp:
    unit = next_unit(limit, after)
    assert unit is not None
    return unit


def tallied() -> dict[str, list[int]]:
    """Return the events of each series, slot by slot, and check that they are those of its days."""
    found: dict[str, list[int]] = {}
    for one in Series.objects.all():
        rows = Tally.objects.filter(series=one)
        slots, days = (
            list(rows.filter(slots=slots).order_by("slot").values_list("events", flat=True)) for slots in (1, 96)
        )
        assert sum(slots) == sum(days)
        found[one.name] = slots
    return found


def test_each_report_is_tallied_once_in_its_slot_and_its_day(house: House):
    put(house, report(minutes_ago=20), report(minutes_ago=20), report())
    put(house, report(), purpose=Purpose.TEST)
    assert tally_all(limit=2) == 3
    assert tallied() == {"sale": [2, 1], "": [2, 1]}
    assert tally_all() == 1
    assert tallied() == {"sale": [2, 1], "": [2, 1]}


def test_late_reports_count_when_they_happened(house: House):
    put(house, report())
    tally_all()
    put(house, report(minutes_ago=29 * 24 * 60))
    tally_all()
    assert tallied() == {"sale": [1, 1], "": [1, 1]}


def test_of_two_processes_one_is_told_to_look_again(house: House):
    put(house, report())
    mine, yours = wanted(), wanted()
    assert [tally(mine), tally(yours)] == [True, False]
    assert tallied() == {"sale": [1], "": [1]}


def test_nobody_who_accepts_events_waits_for_the_mark(house: House):
    if is_sqlite():
        return  # whoever writes is alone
    put(house, report())
    unit = wanted()
    with transaction.atomic(), connection.cursor() as cursor, ThreadPoolExecutor(1) as other:
        cursor.execute("SELECT id FROM store_tallymark FOR UPDATE")
        assert other.submit(_tally_elsewhere, unit).result(timeout=10) is False
    assert tally(unit)


def _tally_elsewhere(unit: TallyUp) -> bool:
    try:
        return tally(unit)
    finally:
        connection.close()


def test_a_crash_before_the_commit_leaves_nothing_behind(house: House):
    put(house, report())
    unit = wanted()
    with pytest.raises(ConnectionError), transaction.atomic(), connection.cursor() as cursor:
        _fail_after(tallying.tally_up(cursor, [unit]))
    assert tallied() == {}
    assert tally(wanted())
    assert tallied() == {"sale": [1], "": [1]}


def _fail_after(answers: list[bool]) -> None:
    assert answers == [True]
    raise ConnectionError


def test_an_event_whose_commit_comes_late_is_found(house: House):
    early = house.unit(event=report(), routes=())
    put(house, report())
    tally_all()
    with transaction.atomic(), connection.cursor() as cursor:
        accept(cursor, [early])
    tally_all(is_thorough=False)
    assert tallied() == {"sale": [2], "": [2]}


def test_one_whose_commit_comes_later_still_is_found_by_a_thorough_run(house: House, monkeypatch):
    early = house.unit(event=report(), routes=())
    put(house, report())
    tally_all(after=timedelta(seconds=1))
    monkeypatch.setattr(tallying, "look_back", lambda event: event)
    with transaction.atomic(), connection.cursor() as cursor:
        accept(cursor, [early])
    tally_all(is_thorough=False)
    assert tallied() == {"sale": [1], "": [1]}
    tally_all()
    assert tallied() == {"sale": [2], "": [2]}


def test_ids_beyond_the_mark_are_forgotten_once_nothing_can_come_before_them(house: House):
    ids = put(house, report(), report())
    tally_all(after=timedelta(seconds=1))  # in the ids' own millisecond the mark would stay before them
    assert (Tallied.objects.count(), tallying.mark().reached) == (2, ids[-1])
    tally_all(after=LONG)
    assert tallying.mark().upto == ids[-1]
    put(house, report())
    tally_all()
    assert Tallied.objects.count() == 1
    assert tallied() == {"sale": [3], "": [3]}


def test_a_past_is_taken_in_without_a_note_for_each_event(house: House):
    put(house, *[report() for _ in range(10)])
    assert tally_all(limit=3, after=LONG) == 4
    assert Tallied.objects.count() == 0
    assert next_unit(after=LONG) is None


def test_nothing_new_is_nothing_to_do(house: House):
    assert next_unit() is None
    put(house, report())
    tally_all(after=LONG)
    assert next_unit(after=LONG) is None
    assert next_unit(is_thorough=False) is None


def test_an_id_from_a_clock_that_is_ahead_hides_nothing(house: House):
    now = datetime.now(UTC)
    put(house, report())
    unit = tallying.next_batch(None, 10, now - LONG, id_at(now - LONG)).unit
    assert unit is not None
    assert tally(unit)
    assert tallying.mark().reached <= id_at(now - LONG)


def test_a_batch_changes_so_many_tallies_at_most(house: House, monkeypatch):
    monkeypatch.setattr(tallying, "SLOTS_MAX", 2)
    put(house, *[report(minutes_ago=15 * one) for one in range(7)])
    assert tally_all() == 4
    assert tallied() == {"sale": [1] * 7, "": [1] * 7}


def test_what_is_erased_before_it_is_tallied_is_not_tallied(house: House):
    one, _ = put(house, report(), report())
    unit = wanted()
    erase([EventId(one)])
    assert not tally(unit)
    tally_all()
    assert tallied() == {"sale": [1], "": [1]}


def test_erasing_what_is_tallied_takes_it_out_and_holds_nobody_up(house: House):
    ids = put(house, report(), report(minutes_ago=20), report())
    tally_all()
    put(house, report())
    unit = wanted()
    assert erase([EventId(ids[0]), EventId(ids[1]), EventId("0" * 32)]) == 2
    assert tally(unit)
    assert tallied() == {"sale": [2], "": [2]}
    assert Event.objects.count() == 2


def test_nothing_that_hangs_on_an_erased_event_stays(house: House):
    (one,) = put(house, report(), routes=house.routes)
    for delivery in Delivery.objects.all():
        delivery.tries.create(number=1, started_at=datetime.now(UTC), duration_ms=1, outcome="delivered")
    erase([EventId(one)])
    assert Delivery.objects.count() == 0
    related = {
        relation.related_model.__name__ for model in (Event, Delivery) for relation in model._meta.related_objects
    }
    assert related == {"Delivery", "Attempt"}, "erase() has to know what else refers to events"


def test_a_workspace_that_has_gone_takes_its_tallies_along(house: House):
    put(house, report())
    unit = wanted()
    Event.objects.all().delete()
    Workspace.objects.all().delete()
    assert tally(unit)
    assert Series.objects.count() == 0
    assert Tally.objects.count() == 0


def test_odd_clients_cannot_make_a_tally_grow_without_end(house: House):
    for first in range(0, NAMES_MAX + 50, 50):
        put(house, report(fields="{" + ",".join(f'"n{first + one}":1' for one in range(50)) + "}"))
    tally_all()
    assert {len(one.fields.split("],")) for one in Tally.objects.all()} == {NAMES_MAX}


def test_no_step_reads_a_whole_table(house: House):
    put(house, *[report(minutes_ago=one) for one in range(20)])
    with no_scans(allowed=("SCAN v", "SCAN m", "store_tallymark")):
        tally_all(limit=7)
        late = put(house, report(), report(), report())
        tally_all()
        erase([EventId(one) for one in late])
