"""What is going to be forgotten, when, and what of past months stays."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot.manage import categories, plans, retention
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.categories import Draft
from pingpilot.store import keeping
from pingpilot.store.keeping import GRACE
from pingpilot.store.models import Forgotten, Keeping, Quota
from tests.unit.manage.sample import START, make_workspace, report

DAY = timedelta(days=1)


@pytest.fixture
def workspace(services):
    return make_workspace(services, plan="PRO")


@pytest.fixture
def sales(services, clock, workspace):
    """Sales of 400, 362, 100 and 20 days ago."""
    category = categories.create(services, workspace, Draft("sale", "#112233"))
    for ago in (400, 362, 100, 20):
        clock.now = START - ago * DAY
        report(services, category)
    clock.now = START
    return category


def test_it_says_what_is_too_old_now_and_soon(services, workspace, sales):
    Keeping.objects.create(workspace=workspace, days=365)
    found = retention.preview(services, workspace)
    assert (found.days, found.before, found.oldest) == (365, START - 365 * DAY, START - 400 * DAY)
    assert (found.due, found.soon, found.shrinks_at, found.then) == (1, 1, None, 0)


def test_where_all_is_kept_nothing_goes(services, workspace, sales):
    plans.grant(services, workspace.pk, "UNLIMITED", NOBODY)
    workspace.refresh_from_db()
    found = retention.preview(services, workspace)
    assert (found.days, found.before, found.due, found.soon) == (None, None, 0, 0)


def test_after_a_change_to_a_smaller_plan_it_says_what_goes_and_when(services, clock, workspace, sales):
    Keeping.objects.create(workspace=workspace, days=365)
    plans.grant(services, workspace.pk, "FREE", NOBODY)
    workspace.refresh_from_db()
    keeping.follow(clock.now, 10)
    found = retention.preview(services, workspace)
    assert (found.days, found.shrinks_at, found.days_then) == (365, START + GRACE, 30)
    assert (found.due, found.then) == (1, 4)


def test_months_have_their_totals(workspace):
    Quota.objects.create(workspace=workspace, year=2026, month=4, used=12)
    Quota.objects.create(workspace=workspace, year=2026, month=5, used=3)
    for name, count in (("sale", 4), ("bug", 2)):
        Forgotten.objects.create(workspace=workspace, year=2026, month=4, category_name=name, events=count)
    found = retention.months(workspace)
    assert [(one.start, one.events, one.forgotten) for one in found] == [
        (datetime(2026, 5, 1, tzinfo=UTC), 3, 0),
        (datetime(2026, 4, 1, tzinfo=UTC), 12, 6),
    ]
