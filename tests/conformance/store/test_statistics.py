"""Counts and sums, the same on both databases."""

from datetime import date, timedelta
from decimal import Decimal

from pingpilot.domain.event import Purpose
from pingpilot.store import statistics
from pingpilot.store.filters import Filter
from pingpilot.store.models import Category, Event
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans, put, report

RANGE = Filter(start=NOW - timedelta(days=2), end=NOW + timedelta(minutes=1))


def test_reports_are_counted_by_category_status_and_day(house: House):
    put(house, report(), report(), report(minutes_ago=24 * 60), report(minutes_ago=3 * 24 * 60))
    put(house, report(), purpose=Purpose.TEST)
    put(house, report(), purpose=Purpose.PROOF)
    (failed,) = put(house, report())
    Event.objects.filter(pk=failed).update(status="FAILED")
    found = {(row.category, row.status, row.day): row.events for row in statistics.counts(house.workspace, RANGE)}
    today, yesterday = date(2026, 11, 23), date(2026, 11, 22)
    assert found == {
        (house.category, "DELIVERED", today): 2,
        (house.category, "DELIVERED", yesterday): 1,
        (house.category, "FAILED", today): 1,
    }


def test_events_of_deleted_categories_count_under_their_old_name(house: House):
    put(house, report())
    Category.objects.all().delete()
    (row,) = statistics.counts(house.workspace, RANGE)
    assert (row.category, row.name, row.events) == (None, "sale", 1)
    assert statistics.counts(house.workspace, Filter(category="sale")) == [row]


def test_numbers_are_summed_over_the_whole_range(house: House):
    texts = ('{"price":0.1,"n":1,"ok":true}', '{"price":0.2,"n":"1"}', '{"price":99.90}', "{}")
    put(house, *[report(fields=text) for text in texts], report(fields='{"price":7}', minutes_ago=9_999))
    found = [(one.name, one.events, one.total) for one in statistics.sums(house.workspace, RANGE)]
    assert found == [("price", 3, Decimal("100.2")), ("n", 1, Decimal(1))]


def test_an_empty_range_has_neither(house: House):
    assert statistics.counts(house.workspace, RANGE) == []
    assert statistics.sums(house.workspace, Filter(category="none")) == []


def test_no_statistic_reads_a_whole_table(house: House):
    put(house, *[report(fields='{"n":1}') for _ in range(10)])
    by_category = Filter(category="sale", start=RANGE.start, end=RANGE.end)
    with no_scans():
        for wanted in (RANGE, by_category):
            statistics.counts(house.workspace, wanted)
            statistics.sums(house.workspace, wanted)
