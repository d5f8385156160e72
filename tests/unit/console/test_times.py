"""Instants in words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pingpilot.console.times import exact, relative

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 min ago"),
        (timedelta(minutes=119), "1 h ago"),
        (timedelta(hours=25), "1 d ago"),
        (timedelta(days=8), "12 May"),
        (timedelta(days=400), "15 Apr 2025"),
        (timedelta(seconds=-28), "in 28 s"),
        (timedelta(minutes=-10), "in 10 min"),
        (timedelta(hours=-23), "in 23 h"),
    ],
)
def test_an_instant_is_told_from_now(age, words):
    assert relative(NOW - age, NOW) == words


def test_the_exact_time_names_its_zone():
    assert exact(NOW.astimezone(ZoneInfo("Europe/Berlin"))) == "Wed 20 May 2026, 14:00:00 CEST"
