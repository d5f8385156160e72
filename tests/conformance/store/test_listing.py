"""Lists of events: order, pages that stay put, filters, and what they cost."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from pingpilot.domain.event import EventStatus, Purpose, Severity
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store import listing, patience
from pingpilot.store.filters import Comparison, Filter
from pingpilot.store.models import Category, Delivery, Event, Workspace
from pingpilot.store.patience import Patience
from pingpilot.store.sql import is_sqlite
from tests.conformance.store.house import NOW, House, build
from tests.conformance.store.shelf import PATIENT, no_scans, plans, put, report

ALL = Filter()


def found(house: House, wanted: Filter = ALL, limit: int = 100) -> list[str]:
    """Return all ids, page by page."""
    ids: list[str] = []
    cursor = None
    while True:
        page = listing.page(house.workspace, wanted, cursor, limit, PATIENT)
        ids += page.events
        cursor = page.cursor
        if cursor is None:
            return ids


def test_the_newest_come_first_by_when_they_happened(house: House):
    old, new, late = put(house, report(minutes_ago=5), report(), report(minutes_ago=3))
    assert found(house) == [new, late, old]


def test_events_of_one_moment_are_told_apart_by_their_id(house: House):
    ids = put(house, *[report() for _ in range(25)])
    assert found(house, limit=4) == sorted(ids, reverse=True)


def test_pages_stay_put_while_new_events_arrive(house: House):
    ids = put(house, *[report(minutes_ago=one) for one in range(10)])
    first = listing.page(house.workspace, Filter(), None, 4, PATIENT)
    put(house, *[report(minutes_ago=-one) for one in range(1, 4)])
    second = listing.page(house.workspace, Filter(), first.cursor, 4, PATIENT)
    assert [*first.events, *second.events] == ids[:8]


@pytest.mark.parametrize("cursor", ["1", "1-", "x-1", "1-zz", "9" * 40 + "-" + "0" * 32, "s12"])
def test_what_is_no_cursor_is_said(house: House, cursor):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, a door says it again in its own words
        listing.page(house.workspace, Filter(), cursor, 10, PATIENT)


def test_proofs_and_strangers_never_show(house: House):
    put(house, report(), purpose=Purpose.PROOF)
    assert found(house) == []
    put(house, report())
    stranger = Workspace.objects.create(name="Other")
    for wanted in (ALL, Filter(category="sale")):
        assert listing.page(WorkspaceId(stranger.pk), wanted, None, 10, PATIENT).events == []


def test_a_category_is_found_by_its_name_also_when_it_is_deleted(house: House):
    (one,) = put(house, report())
    assert found(house, Filter(category="sale")) == [one]
    assert found(house, Filter(category="bug")) == []
    Category.objects.all().delete()
    assert found(house, Filter(category="sale")) == [one]


def test_status_severity_and_time_narrow_the_list(house: House):
    critical, old = put(house, report(severity=Severity.CRITICAL), report(minutes_ago=60))
    (info,) = put(house, report(), routes=house.routes)
    Event.objects.filter(pk=old).update(status="FAILED")
    assert found(house, Filter(severity=Severity.CRITICAL)) == [critical]
    assert set(found(house, Filter(severity=Severity.INFO))) == {info, old}
    assert found(house, Filter(status=EventStatus.FAILED)) == [old]
    assert found(house, Filter(status=EventStatus.PENDING)) == [info]
    assert found(house, Filter(status=EventStatus.FAILED, severity=Severity.INFO, category="sale")) == [old]
    assert found(house, Filter(end=NOW)) == [old]
    assert set(found(house, Filter(start=NOW))) == {critical, info}
    assert found(house, Filter(start=NOW - timedelta(minutes=60), end=NOW - timedelta(minutes=59))) == [old]


FIELDS = {
    "a": '{"amount":99.90,"plan":"PRO","ok":true,"when":"2026-01-02"}',
    "b": '{"amount":9,"plan":"FREE","ok":false,"when":"2026-02-01"}',
    "c": '{"amount":"100","plan":"PRO \\"x\\"","a.b":1,"50%":2}',
    "d": '{"amount":123456789012345678901234567890,"zero":0}',
    "e": "{}",
}


@pytest.mark.parametrize(
    ("comparisons", "expected"),
    [
        ([("amount", "eq", "99.9")], "a"),
        ([("amount", "eq", "99.90")], "a"),
        ([("amount", "eq", "100")], "c"),
        ([("amount", "gt", "9")], "ad"),
        ([("amount", "gte", "9")], "abd"),
        ([("amount", "lt", "99.9")], "b"),
        ([("amount", "lte", "9.99e1")], "ab"),
        ([("amount", "ne", "9")], "acd"),
        ([("amount", "gt", "1e999")], ""),
        ([("amount", "lt", "1" * 40)], "abd"),
        ([("zero", "eq", "0")], "d"),
        ([("plan", "eq", "PRO")], "a"),
        ([("plan", "ne", "PRO")], "bc"),
        ([("plan", "gt", "G")], "ac"),
        ([("plan", "eq", 'PRO "x"')], "c"),
        ([("ok", "eq", "true")], "a"),
        ([("ok", "ne", "true")], "b"),
        ([("ok", "gt", "a")], ""),
        ([("when", "gte", "2026-02")], "b"),
        ([("a.b", "eq", "1")], "c"),
        ([("50%", "eq", "2")], "c"),
        ([("amount", "gt", "9"), ("plan", "eq", "PRO")], "a"),
        ([("nothing", "eq", "x")], ""),
        ([("plan", "eq", "' OR 1=1 --")], ""),
    ],
)
def test_fields_compare_as_what_they_are(house: House, comparisons, expected):
    names = dict(zip(put(house, *[report(fields=text) for text in FIELDS.values()]), FIELDS, strict=True))
    wanted = Filter(fields=tuple(Comparison(*one) for one in comparisons))
    assert sorted(names[one] for one in found(house, wanted)) == sorted(expected)


def test_a_rare_match_costs_no_more_than_a_page_may(house: House, monkeypatch):
    monkeypatch.setattr(patience, "FIRST", 4)
    monkeypatch.setattr(patience, "LOOKED_AT_MAX", 10)
    ids = put(house, *[report(minutes_ago=one, fields=f'{{"n":{one}}}') for one in range(35)])
    wanted = Filter(fields=(Comparison("n", "gte", "33"),))
    first = listing.page(house.workspace, wanted, None, 5, PATIENT)
    assert (first.events, first.cursor is None) == ([], False)
    assert found(house, wanted, 5) == [ids[33], ids[34]]


def test_a_page_that_takes_long_comes_with_what_there_is(house: House, monkeypatch):
    monkeypatch.setattr(patience, "FIRST", 2)
    ids = put(house, *[report(minutes_ago=one, fields='{"n":1}') for one in range(12)])
    times = (NOW + patience.LONGEST / 2 * step for step in range(100))
    slow = Patience(lambda: next(times))
    first = listing.page(house.workspace, Filter(fields=(Comparison("n", "eq", "1"),)), None, 10, slow)
    assert first.events == ids[:6]
    second = listing.page(house.workspace, Filter(fields=(Comparison("n", "eq", "1"),)), first.cursor, 10, PATIENT)
    assert (second.events, second.cursor) == (ids[6:], None)


@pytest.mark.parametrize("most", [0, 10_000])
def test_what_is_on_its_way_is_listed_however_much_it_is(house: House, monkeypatch, most):
    monkeypatch.setattr(listing, "OPEN_MAX", most)
    put(house, *[report(minutes_ago=one) for one in range(20)])
    ids = put(house, *[report(minutes_ago=30 + one) for one in range(10)], routes=house.routes)
    Delivery.objects.filter(event__in=map(UUID, ids[:3])).update(state="SENDING", lease_until=NOW)
    Delivery.objects.filter(event=UUID(ids[4])).exclude(destination=house.destinations[0]).update(
        state="DEAD", final_at=NOW
    )
    put(build(), report(), routes=build().routes)
    pending = Filter(status=EventStatus.PENDING)
    assert found(house, pending, 3) == ids
    assert found(house, replace(pending, category="gone")) == []
    assert found(house, replace(pending, category="sale", start=NOW - timedelta(minutes=32)), 2) == ids[:3]


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(category="sale"),
        Filter(category="gone"),
        Filter(start=NOW, end=NOW),
        Filter(severity=Severity.CRITICAL),
        Filter(severity=Severity.INFO),
        Filter(status=EventStatus.FAILED),
        Filter(status=EventStatus.PENDING, category="sale"),
        Filter(fields=(Comparison("n", "gt", "1"),)),
    ],
    ids=str,
)
def test_no_list_reads_a_whole_table(house: House, wanted):
    put(house, *[report(minutes_ago=one) for one in range(20)])
    put(house, *[report(minutes_ago=one) for one in range(20)], routes=house.routes)
    with no_scans(allowed=("SCAN v",)):
        listing.page(house.workspace, wanted, None, 10, PATIENT)
        listing.page(house.workspace, wanted, str(listing.Place(NOW, "f" * 32)), 10, PATIENT)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Filter(), "event_by_time"),
        (Filter(category="sale"), "event_by_category"),
        (Filter(category="gone"), "event_without_category"),
        (Filter(severity=Severity.CRITICAL), "event_by_severity"),
        (Filter(status=EventStatus.FAILED), "event_failed_by_time"),
        (Filter(severity=Severity.CRITICAL, category="sale"), "event_by_severity"),
        (Filter(severity=Severity.CRITICAL, end=NOW, fields=(Comparison("n", "eq", "1"),)), "event_by_severity"),
        (Filter(status=EventStatus.FAILED, category="sale", severity=Severity.CRITICAL), "event_failed_by_time"),
        (Filter(status=EventStatus.DELIVERED, category="sale"), "event_by_category"),
        (Filter(status=EventStatus.PENDING), "delivery_due_there"),
    ],
)
def test_each_list_has_its_index(house: House, monkeypatch, wanted, index):
    monkeypatch.setattr(patience, "FIRST", 2)
    put(house, *[report(minutes_ago=one) for one in range(200)])
    put(house, *[report(minutes_ago=one, severity=Severity.CRITICAL) for one in range(20)])
    if not is_sqlite():  # it goes by what it knows of the rows
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with plans() as seen:
        listing.page(house.workspace, wanted, None, 10, PATIENT)
    found = re.findall(r"\b(?:event_by|event_failed|event_without|delivery)_\w+", "\n".join(seen))
    used = {name.removesuffix("_before") for name in found}  # PostgreSQL's of the months before the first
    assert index in used
    assert not {name for name in used if name.startswith("event_")} - {index}
