"""Forgetting events that are older than a workspace's history: a slice at a time, and how many there were stays."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef, Q, QuerySet

from pingpilot.domain.event import MAX_AHEAD, EventStatus, Purpose
from pingpilot.domain.ids import EventId, WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.domain.quota import Month
from pingpilot.store import idempotency
from pingpilot.store.erasing import erase, hold
from pingpilot.store.keeping import days_of
from pingpilot.store.models import Event, IdempotencyRecord, Keeping
from pingpilot.store.sql import hex_of, instant, query

AT_ONCE = 50
"""Events of one unit, with all that hangs on them: the writer spends some milliseconds on it."""
ANSWERS_AT_ONCE = 500

Mark = tuple[datetime, EventId]
"""When an event happened, and its id: where a look ended."""


@packed
@dataclass(frozen=True, slots=True)
class Forget:
    """Forget some events of a workspace that are older than its history of ``days``. Answered with how many went.

    Those with a delivery that is not final stay, and all where the workspace keeps more days by now.
    """

    workspace: WorkspaceId
    days: int
    events: Sequence[EventId]


@dataclass(frozen=True, slots=True)
class ForgetAnswers:
    """Forget recorded answers that are too old. Answered with None."""

    now: datetime


_ID = {"id": "uuid"}
_OVER = """
    SELECT e.id, e.workspace_id, e.category_id, e.category_name, e.occurred_at, e.fields, e.purpose
    FROM v JOIN store_event e ON e.id = v.id AND e.id BETWEEN :first AND :last
    WHERE e.status <> 'PENDING' AND NOT EXISTS (
        SELECT 1 FROM store_delivery d WHERE d.event_id = e.id AND d.final_at IS NULL AND d.id BETWEEN :first AND :after
    )
"""
_REMEMBER = """
    INSERT INTO store_forgotten (workspace_id, year, month, category_name, events)
    SELECT v.workspace_id, v.year, v.month, v.category_name, v.events
    FROM v JOIN store_workspace w ON w.id = v.workspace_id WHERE true
    ON CONFLICT (workspace_id, year, month, category_name)
    DO UPDATE SET events = store_forgotten.events + excluded.events
"""
_REMEMBER_COLUMNS = {
    "workspace_id": "bigint",
    "year": "integer",
    "month": "integer",
    "category_name": "text",
    "events": "bigint",
}


def workspaces_with_old(now: datetime) -> list[tuple[WorkspaceId, int, datetime]]:
    """Return the workspaces that may have something to forget: older than so many days, before which instant."""
    found: list[tuple[WorkspaceId, int, datetime]] = []
    for days in Keeping.objects.values_list("days", flat=True).distinct():
        if days is None:
            continue
        before = now - timedelta(days=days)
        old = Event.objects.filter(workspace=OuterRef("pk"), occurred_at__lt=before)
        rows = Keeping.objects.filter(Exists(old), days=days, workspace__deleted_at=None)
        found += [(WorkspaceId(pk), days, before) for pk in rows.order_by("pk").values_list("pk", flat=True)]
    return found


def old_events(workspace: WorkspaceId | int, before: datetime) -> "QuerySet[Event]":
    """Return the events that were received, and happened, before an instant."""
    return Event.objects.filter(workspace=workspace, occurred_at__lt=before + MAX_AHEAD, received_at__lt=before)


def oldest(workspace: WorkspaceId, before: datetime, after: Mark | None, limit: int) -> list[Mark]:
    """Return events to be forgotten, the oldest first, behind a mark; those that are not final yet are passed over."""
    rows = old_events(workspace, before).exclude(status=EventStatus.PENDING)
    if after is not None:
        at, pk = after[0], UUID(hex=after[1])
        rows = rows.filter(Q(occurred_at__gt=at) | Q(occurred_at=at, pk__gt=pk), occurred_at__gte=at)
    found = rows.order_by("occurred_at", "pk").values_list("occurred_at", "pk")[:limit]
    return [(at, EventId(pk.hex)) for at, pk in found]


def has_old_answers(now: datetime) -> bool:
    """Tell whether there are recorded answers that are too old."""
    return IdempotencyRecord.objects.filter(created_at__lte=now - idempotency.KEPT_FOR).exists()


def forget(cursor: CursorWrapper, units: Sequence[Forget]) -> list[int]:
    """Forget a slice for each unit; must run inside a transaction."""
    return [_forget(cursor, unit) for unit in units]


def forget_answers(cursor: CursorWrapper, units: Sequence[ForgetAnswers]) -> list[None]:
    """Forget a slice of recorded answers for each unit; must run inside a transaction."""
    for unit in units:
        idempotency.forget(cursor, unit.now, ANSWERS_AT_ONCE)
    return [None] * len(units)


def remember(cursor: CursorWrapper, rows: Sequence[Sequence[Any]]) -> None:
    """Add events that go, in the columns of ``erasing``, to what stays of their months."""
    totals: Counter[tuple[int, int, int, str]] = Counter()
    for _, workspace, _, name, at, _, purpose in rows:
        if purpose == Purpose.REPORT:
            month = Month.of(instant(at))
            totals[workspace, month.year, month.month, name] += 1
    query(cursor, _REMEMBER, _REMEMBER_COLUMNS, [(*key, count) for key, count in sorted(totals.items())])


def _forget(cursor: CursorWrapper, unit: Forget) -> int:
    """Hold the deliveries first, as a replay does: what is sent again at this very moment is seen, or waits."""
    if not _is_due(unit):
        return 0
    ids = [(event,) for event in sorted(unit.events)]
    hold(cursor, ids)
    rows = query(cursor, _OVER, _ID, ids)
    remember(cursor, rows)
    return erase([EventId(hex_of(row[0])) for row in rows])


def _is_due(unit: Forget) -> bool:
    """Tell whether a workspace keeps no more days: its plan may have been raised a moment ago."""
    row = Keeping.objects.filter(pk=unit.workspace, days=unit.days).values_list("workspace__plan", flat=True).first()
    days = None if row is None else days_of(row)
    return days is not None and days <= unit.days
