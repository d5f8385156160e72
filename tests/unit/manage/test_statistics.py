"""Counts and sums."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pingpilot.domain.quota import Month
from pingpilot.manage import categories, events, statistics
from pingpilot.manage.periods import Span
from tests.unit.manage.sample import START, report

UTC_ZONE, TOKYO = ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")
MAY = Month(2026, 5)
SPAN = Span(MAY.start, MAY.end)


@pytest.fixture
def category(services, workspace):
    return categories.create(services, workspace, categories.Draft("sale", "#112233"))


def totals(category):
    return [(field.name, field.total) for field in statistics.summary(category, SPAN, UTC_ZONE).fields]


def test_a_card_counts_events_and_distinct_fields_of_the_month(services, workspace, category, clock):
    empty = categories.create(services, workspace, categories.Draft("bug", "#112233"))
    report(services, category, '{"a": 1, "b": 2}', at=START - timedelta(hours=2))
    report(services, category, '{"b": "x", "c": true}')
    report(services, category, '{"old": 1}', at=START - timedelta(days=25))
    events.send_test(services, workspace)
    sale, bug = statistics.cards(workspace, START, UTC_ZONE)
    assert (sale.category, sale.events, sale.fields, sale.last_at) == (category, 2, 3, START)
    assert (bug.category, bug.events, bug.fields, bug.last_at) == (empty, 0, 0, None)
    assert (list(sale.days[-2:]), sale.days[-26], sum(sale.days)) == ([0, 2], 1, 3)
    assert sum(bug.days) == 0


def test_the_last_ping_is_shown_also_in_a_new_month(services, workspace, category):
    report(services, category)
    (card,) = statistics.cards(workspace, datetime(2026, 6, 2, tzinfo=UTC), UTC_ZONE)
    assert (card.events, card.last_at) == (0, START)


def test_without_categories_there_are_no_cards(workspace):
    assert statistics.cards(workspace, START, UTC_ZONE) == []


def test_fields_come_in_the_order_received_and_numbers_are_summed(services, category):
    report(services, category, '{"plan": "PRO", "amount": 99.90, "ok": true, "n": 2}')
    report(services, category, '{"plan": "FREE", "amount": 0.10, "ok": false, "n": 0}')
    assert totals(category) == [("plan", None), ("amount", Decimal(100)), ("ok", None), ("n", Decimal(2))]


def test_sums_read_as_people_reckon(services, category):
    report(services, category, '{"a": 0.1, "zero": 0, "mixed": "7"}')
    report(services, category, '{"a": 0.2, "zero": 0, "mixed": 5}')
    assert totals(category) == [("a", Decimal("0.3")), ("zero", Decimal(0)), ("mixed", Decimal(5))]


def test_a_sum_covers_the_whole_span_not_a_page(services, category):
    for _ in range(30):
        report(services, category, '{"amount": 1}')
    assert totals(category) == [("amount", Decimal(30))]
    assert len(statistics.events_of(category, SPAN, 1, 25)) == 25
    assert len(statistics.events_of(category, SPAN, 2, 25)) == 5


def test_a_span_ends_before_its_end(services, category):
    report(services, category, '{"in": 1}', at=MAY.start)
    report(services, category, '{"out": 1}', at=MAY.start - timedelta(microseconds=1))
    assert totals(category) == [("in", Decimal(1))]


def test_days_are_the_viewers(services, category):
    report(services, category, at=datetime(2026, 5, 10, 16, 0, tzinfo=UTC))
    report(services, category, at=datetime(2026, 5, 10, 14, 0, tzinfo=UTC))
    summary = statistics.summary(category, SPAN, TOKYO)
    assert summary.days == [(date(2026, 5, 10), 1), (date(2026, 5, 11), 1)]
    assert summary.events == 2


def test_odd_field_names_are_just_names(services, category):
    report(services, category, '{"": 1, "%s": 2, "a\\"b": 3, "ü": 4}')
    assert [name for name, _ in totals(category)] == ["", "%s", 'a"b', "ü"]
