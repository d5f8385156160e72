"""SPEC section 8: the counter resets on the 1st at 00:00 UTC by itself, also while events come in."""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pingpilot.manage import categories, keys
from pingpilot.store.models import Event, Quota, Workspace
from tests.django_settings import SERVICES
from tests.servers.plane import running_plane
from tests.servers.raw import connected, request

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
OLD, NEW = (2026, 11), (2026, 12)
USED = 500
"""Of the old month's 1,000 before the test. Some 300 events come on each side of midnight: too many for one month."""
CLIENTS = 64
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
