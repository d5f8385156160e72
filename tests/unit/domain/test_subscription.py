"""What a subscription entitles to, by its status and the time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pingpilot.domain.subscription import (
    CHARGES,
    ENTITLES,
    OVER,
    Entitles,
    Status,
    Subscription,
    is_entitled,
    lapses_at,
)

NOW = datetime(2026, 5, 20, tzinfo=UTC)
GRACE = timedelta(days=7)
ONE = Subscription("sub_1", "cus_1", Status.ACTIVE, ["price_1"])


@pytest.mark.parametrize("status", Status)
def test_every_status_says_whether_it_gives_the_plan(status):
    assert is_entitled(replace(ONE, status=status), GRACE, NOW) is (ENTITLES[status] is not Entitles.NO)


def test_what_is_over_charges_nobody_and_gives_nothing():
    assert not OVER & CHARGES
    assert {ENTITLES[status] for status in OVER} == {Entitles.NO}
    assert {status for status, entitles in ENTITLES.items() if entitles is not Entitles.NO} <= CHARGES


def test_the_grace_ends_to_the_second_and_belongs_to_what_is_past_due_alone():
    late = replace(ONE, status=Status.PAST_DUE, unpaid_since=NOW - GRACE)
    assert lapses_at(late, GRACE) == NOW
    assert is_entitled(late, GRACE, NOW - timedelta(seconds=1))
    assert not is_entitled(late, GRACE, NOW)
    assert not is_entitled(replace(late, unpaid_since=NOW), timedelta(0), NOW)
    assert lapses_at(replace(late, status=Status.ACTIVE), GRACE) is None


def test_what_was_cancelled_for_later_does_not_renew():
    assert ONE.renews
    assert not replace(ONE, ends_at=NOW).renews
    assert not replace(ONE, status=Status.CANCELED).renews
