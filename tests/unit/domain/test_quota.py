"""The month of a quota."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.quota import Month, projected, remaining

INSTANTS = st.timedeltas(timedelta(0), timedelta(days=300_000)).map(lambda age: datetime(1970, 1, 2, tzinfo=UTC) + age)


@given(INSTANTS)
def test_every_instant_lies_in_its_month(instant):
    month = Month.of(instant)
    assert month.start <= instant < month.end


@given(INSTANTS)
def test_a_month_ends_where_the_next_begins(instant):
    month = Month.of(instant)
    assert Month.of(month.end).start == month.end
    assert Month.of(month.end - timedelta(microseconds=1)) == month


def test_a_month_is_one_of_utc_wherever_the_event_came_from():
    late_in_tokyo = datetime(2026, 3, 1, 8, 30, tzinfo=timezone(timedelta(hours=9)))
    assert Month.of(late_in_tokyo) == Month(2026, 2)


def test_december_is_followed_by_january():
    assert Month(2026, 12).end == datetime(2027, 1, 1, tzinfo=UTC)


def test_what_remains_is_never_below_zero_and_has_no_end_without_a_limit():
    assert remaining(100, 40) == 60
    assert remaining(100, 140) == 0
    assert remaining(None, 140) is None


def test_the_pace_so_far_says_what_the_month_comes_to():
    month = Month(2026, 6)
    assert projected(10, month, month.start + timedelta(days=15)) == 20
    assert projected(10, month, month.end - timedelta(microseconds=1)) == 10
    assert projected(10, month, month.start + timedelta(hours=23)) is None
    assert projected(0, month, month.start + timedelta(days=15)) is None
