"""Secrets that go on working for a while after they were replaced."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.rotation import RETIRED_MAX, last_end, retired, still_valid

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_replaced_secret_counts_until_its_end():
    kept = retired("", "whsec_old", NOW + HOUR, NOW)
    assert still_valid(kept, NOW + HOUR - timedelta(seconds=1)) == ["whsec_old"]
    assert still_valid(kept, NOW + HOUR) == []
    assert last_end(kept, NOW) == int((NOW + HOUR).timestamp())
    assert last_end(kept, NOW + HOUR) is None


def test_several_at_a_time_end_each_in_its_time():
    kept = retired(retired("", "a", NOW + 24 * HOUR, NOW), "b c", NOW + 2 * HOUR, NOW + HOUR)
    assert still_valid(kept, NOW + HOUR) == ["b", "c", "a"]
    assert still_valid(kept, NOW + 3 * HOUR) == ["a"]


def test_what_has_ended_is_thrown_away_and_the_rest_is_bounded():
    assert retired("a@1 b@2", "c", NOW + HOUR, NOW) == f"c@{int((NOW + HOUR).timestamp())}"
    kept = ""
    for number in range(9):
        kept = retired(kept, f"s{number}", NOW + HOUR, NOW)
    assert still_valid(kept, NOW) == [f"s{number}" for number in (8, 7, 6, 5)]
    assert len(kept.split()) == RETIRED_MAX


@given(st.text(alphabet="abc@ 0123456789.-²", max_size=40))
def test_text_that_nobody_wrote_breaks_nothing(kept):
    assert isinstance(still_valid(kept, NOW), list)
    last_end(kept, NOW)
