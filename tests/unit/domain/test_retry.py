"""The schedule of retries."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.retry import GIVE_UP_AFTER, wait_after

EARLY = timedelta(0)
MIDDLE = 0.5
SPREADS = st.floats(0, 1)
AGES = st.timedeltas(timedelta(0), GIVE_UP_AFTER * 2)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 5), (3, 30), (4, 120), (5, 600), (6, 1800), (7, 3600), (8, 3600), (20, 3600)]
)
def test_the_steps_are_those_of_the_contract(attempts, seconds):
    assert wait_after(attempts, EARLY, MIDDLE) == timedelta(seconds=seconds)


@given(st.integers(1, 40), SPREADS)
def test_the_jitter_stays_within_20_percent(attempts, spread):
    exact, wait = wait_after(attempts, EARLY, MIDDLE), wait_after(attempts, EARLY, spread)
    assert exact is not None
    assert wait is not None
    assert abs(wait - exact) <= exact * 0.2 + timedelta(milliseconds=1)


@given(st.integers(1, 40), AGES, SPREADS, st.none() | st.timedeltas(timedelta(0), timedelta(days=30)))
def test_no_try_comes_later_than_24_hours_after_the_first(attempts, age, spread, asked):
    wait = wait_after(attempts, age, spread, asked)
    assert wait is None or age + wait <= GIVE_UP_AFTER


def test_it_gives_up_when_the_next_try_would_be_too_late():
    assert wait_after(7, timedelta(hours=23, minutes=30), MIDDLE) is None
    assert wait_after(7, timedelta(hours=22), MIDDLE) is not None


def test_a_provider_replaces_a_shorter_wait_but_never_a_longer_one():
    assert wait_after(1, EARLY, MIDDLE, timedelta(minutes=7)) == timedelta(minutes=7)
    assert wait_after(7, EARLY, MIDDLE, timedelta(minutes=7)) == timedelta(hours=1)


def test_what_a_provider_asks_for_is_capped_at_24_hours():
    assert wait_after(1, EARLY, MIDDLE, timedelta(days=9)) == timedelta(hours=24)
