"""Spans of time in the viewer's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.manage.periods import Span, Step, Tab, piled, span_of, starts_of, step_of

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
ZONES = st.sampled_from([BERLIN, TOKYO, ZoneInfo("UTC"), ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/New_York")])
INSTANTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(st.sampled_from(list(Tab)), INSTANTS, ZONES)
def test_now_lies_in_every_span_of_now(tab, now, zone):
    span = span_of(tab, now, zone)
    assert span.start <= now < span.end


@pytest.mark.parametrize(
    ("tab", "first", "last"),
    [
        (Tab.TODAY, date(2026, 5, 21), date(2026, 5, 21)),
        (Tab.WEEK, date(2026, 5, 18), date(2026, 5, 24)),
        (Tab.MONTH, date(2026, 5, 1), date(2026, 5, 31)),
    ],
)
def test_spans_are_whole_days_of_the_viewer_and_weeks_start_on_monday(tab, first, last):
    span = span_of(tab, datetime(2026, 5, 20, 20, 0, tzinfo=UTC), TOKYO)  # it is the 21st there
    assert span.start == datetime(first.year, first.month, first.day, tzinfo=TOKYO)
    assert span.end.date() == last + timedelta(days=1)


def test_a_month_may_end_a_year():
    span = span_of(Tab.MONTH, datetime(2026, 12, 31, 12, 0, tzinfo=UTC), BERLIN)
    assert span.end == datetime(2027, 1, 1, tzinfo=BERLIN)


def test_a_day_on_which_the_clocks_change_has_23_hours():
    span = span_of(Tab.TODAY, datetime(2026, 3, 29, 12, 0, tzinfo=UTC), BERLIN)
    assert span.end.astimezone(UTC) - span.start.astimezone(UTC) == timedelta(hours=23)


def test_a_custom_span_runs_through_its_last_day_whichever_is_named_first():
    now = datetime(2026, 5, 20, tzinfo=UTC)
    first, last = date(2026, 1, 2), date(2026, 1, 5)
    span = span_of(Tab.CUSTOM, now, BERLIN, first, last)
    assert span == span_of(Tab.CUSTOM, now, BERLIN, last, first)
    assert span.end - span.start == timedelta(days=4)


@given(st.sampled_from(list(Tab)), INSTANTS, ZONES)
def test_every_instant_of_a_span_falls_into_one_step(tab, now, zone):
    span = span_of(tab, now, zone)
    starts = starts_of(span, step_of(span))
    assert starts[0] == span.start
    assert sum(piled(starts, {now: 3, span.start: 2})) == (5 if now != span.start else 2)
    assert sum(piled(starts, {span.start - timedelta(seconds=1): 1})) == 0


@pytest.mark.parametrize(("days", "step", "bars"), [(1, Step.HOUR, 24), (31, Step.DAY, 31), (365, Step.WEEK, 53)])
def test_a_longer_span_has_longer_steps(days, step, bars):
    start = datetime(2026, 1, 1, tzinfo=TOKYO)
    span = Span(start, start + timedelta(days=days))
    assert step_of(span) is step
    assert len(starts_of(span, step)) == bars


def test_months_and_weeks_begin_where_the_calendar_says():
    start = datetime(2026, 1, 15, tzinfo=BERLIN)
    span = Span(start, start + timedelta(days=400))
    assert [at.day for at in starts_of(span, Step.MONTH)[:3]] == [15, 1, 1]
    assert [at.weekday() for at in starts_of(span, Step.WEEK)[:3]] == [3, 0, 0]


def test_a_day_of_25_hours_has_25_bars():
    span = span_of(Tab.TODAY, datetime(2026, 10, 25, 12, 0, tzinfo=UTC), BERLIN)
    assert len(starts_of(span, Step.HOUR)) == 25
