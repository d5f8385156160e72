"""SPEC section 8: the counter resets on the 1st at 00:00 UTC by itself, also while events come in."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from pingpilot.domain.ids import EventId, WorkspaceId
from pingpilot.domain.quota import Month, OverLimit
from pingpilot.manage import categories, keys
from pingpilot.manage.retention import months
from pingpilot.store.forgetting import Forget, forget
from pingpilot.store.models import Event, Keeping, Quota, Workspace
from pingpilot.store.quota_notices import untold
from pingpilot.store.releasing import ReleaseHeld, release_held, with_room
from tests.django_settings import SERVICES
from tests.servers.plane import running_plane
from tests.servers.raw import connected, request

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
OLD, NEW = (2026, 11), (2026, 12)
USED = 500
"""Of the old month's 1,000 before the test. Some 300 events come on each side of midnight: too many for one month."""
CLIENTS = 64
LIMIT, ROOM = 1_000, 20
AROUND, STEP = timedelta(seconds=1), timedelta(milliseconds=1)


class Clock:
    """Time that goes on a step with every look: events of one commit fall on both sides of midnight."""

    def __init__(self, begin: datetime) -> None:
        self.at = begin

    def now(self) -> datetime:
        self.at += STEP
        return self.at


@pytest.fixture
def shop(db: None) -> tuple[Workspace, str]:
    """A workspace of the plan PRO with a category, and its key."""
    workspace = Workspace.objects.create(name="Shop", plan="PRO")
    key = keys.issue(SERVICES, workspace, is_primary=True)[1]
    categories.create(SERVICES, workspace, categories.Draft("sale", "#FF6B6B"))
    Quota.objects.create(workspace=workspace, year=OLD[0], month=OLD[1], used=USED)
    return workspace, key


def post_until(clock: Clock, end: datetime, port: int, key: str) -> Counter[int]:
    """Post wave after wave, each on all connections at once; returns how many answers had which status."""
    statuses = Counter[int]()
    with ExitStack() as stack:
        lines = [stack.enter_context(connected(port)) for _ in range(CLIENTS)]
        while clock.at < end:
            for line in lines:
                line.send(request(key, b'{"category":"sale"}'))
            statuses.update(line.answer().status for line in lines)
    return statuses


def test_each_event_around_midnight_counts_in_one_month(shop: tuple[Workspace, str], tmp_path: Path):
    workspace, key = shop
    clock = Clock(MIDNIGHT - AROUND)
    with running_plane(tmp_path, clock.now) as port:
        statuses = post_until(clock, MIDNIGHT + AROUND, port, key)
    assert set(statuses) == {200}
    received = Event.objects.filter(workspace=workspace).values_list("received_at", flat=True)
    by_month = Counter((at.year, at.month) for at in received)
    counted = {(row.year, row.month): row.used for row in Quota.objects.filter(workspace=workspace)}
    assert counted == {OLD: USED + by_month[OLD], NEW: by_month[NEW]}
    assert by_month[OLD] + by_month[NEW] == statuses[200]
    assert min(by_month.values()) > 100


def test_what_is_held_goes_in_the_next_month_and_counts_there(shop: tuple[Workspace, str], tmp_path: Path):
    workspace, key = shop
    Quota.objects.update(used=LIMIT - ROOM)
    Workspace.objects.update(over_limit=OverLimit.HOLD)
    clock = Clock(MIDNIGHT - AROUND)
    with running_plane(tmp_path, clock.now) as port:
        statuses = post_until(clock, MIDNIGHT - AROUND / 2, port, key)
    assert set(statuses) == {200}
    held = Event.objects.filter(held_at__isnull=False)
    waiting = held.count()
    assert (Quota.objects.get().used, waiting) == (LIMIT, statuses[200] - ROOM)
    assert waiting > ROOM
    assert with_room(MIDNIGHT - STEP) == []
    first_of_line = held.order_by("pk").values_list("pk", flat=True)[0]
    assert release(workspace, MIDNIGHT, at_most=1) == 1
    assert Event.objects.get(pk=first_of_line).released_at == MIDNIGHT
    while release(workspace, MIDNIGHT, at_most=100):
        pass
    assert {(row.year, row.month): row.used for row in Quota.objects.all()} == {OLD: LIMIT, NEW: waiting}
    assert not held.exists()


def test_the_warnings_of_a_month_are_those_of_its_own_events(shop: tuple[Workspace, str], tmp_path: Path):
    _, key = shop
    Quota.objects.update(used=LIMIT - 1, warned_80_at=MIDNIGHT - 2 * AROUND, warned_limit=LIMIT)
    clock = Clock(MIDNIGHT - AROUND)
    with running_plane(tmp_path, clock.now) as port:
        post_until(clock, MIDNIGHT + AROUND, port, key)
    assert [(one.month, one.percent, one.used) for one in untold(MIDNIGHT - STEP, 10)] == [(Month(*OLD), 100, LIMIT)]
    assert untold(MIDNIGHT, 10) == []  # some hundred of the new month's thousand
    Quota.objects.filter(month=NEW[1]).update(used=800)
    assert [(one.month, one.percent, one.used) for one in untold(MIDNIGHT, 10)] == [(Month(*NEW), 80, 800)]


def test_months_of_the_past_keep_their_totals(shop: tuple[Workspace, str], tmp_path: Path):
    workspace, key = shop
    clock = Clock(MIDNIGHT - AROUND)
    with running_plane(tmp_path, clock.now) as port:
        post_until(clock, MIDNIGHT + AROUND, port, key)
    before = [(total.start, total.events) for total in months(workspace)]
    events = [EventId(pk.hex) for pk in Event.objects.values_list("pk", flat=True)]
    Keeping.objects.create(workspace=workspace, days=365)
    with transaction.atomic(), connection.cursor() as cursor:
        (count,) = forget(cursor, [Forget(WorkspaceId(workspace.pk), 365, events)])
    assert count == len(events)
    after = months(workspace)
    assert [(total.start, total.events) for total in after] == before
    assert sum(total.forgotten for total in after) == count
    assert all(total.forgotten for total in after)


def release(workspace: Workspace, now: datetime, at_most: int) -> int:
    """Let go what waits, as the writer does."""
    with transaction.atomic(), connection.cursor() as cursor:
        return release_held(cursor, [ReleaseHeld(WorkspaceId(workspace.pk), now, at_most)])[0]
