"""What is going to be forgotten of a workspace's events, when, and what of its past months stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Sum

from pingpilot.domain.plan import Plan
from pingpilot.manage.services import Services
from pingpilot.store.forgetting import old_events
from pingpilot.store.keeping import days_of
from pingpilot.store.models import Event, Forgotten, Keeping, Quota, Workspace
from pingpilot.store.plans import catalogue

COUNTED_MAX = 10_000
SOON = timedelta(days=7)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Preview:
    """What becomes of a workspace's history. ``days`` is how many are kept now, None: all; ``before`` is what is older.

    ``due`` events are too old now, ``soon`` more within ``SOON``. A plan that keeps less cuts the history to
    ``days_then`` at ``shrinks_at``: ``then`` events are gone by that time. Counts end at ``COUNTED_MAX``.
    """

    plan: Plan
    days: int | None
    before: datetime | None
    oldest: datetime | None
    due: int
    soon: int
    shrinks_at: datetime | None
    days_then: int | None
    then: int


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """How many events counted that came in a month, and how many are forgotten that happened in it."""

    start: datetime
    events: int
    forgotten: int


def preview(services: Services, workspace: Workspace) -> Preview:
    """Return what becomes of a workspace's history, as the plan stands."""
    now = services.now()
    kept = Keeping.objects.filter(workspace=workspace).first()
    days = kept.days if kept is not None else days_of(workspace.plan)
    shrinks_at = None if kept is None else kept.shrinks_at
    days_then = days_of(workspace.plan) if shrinks_at else None
    before = None if days is None else now - timedelta(days=days)
    due = _count(workspace, before)
    oldest = Event.objects.filter(workspace=workspace).order_by("occurred_at").values_list("occurred_at", flat=True)
    return Preview(
        plan=catalogue().of(workspace.plan),
        days=days,
        before=before,
        oldest=oldest.first(),
        due=due,
        soon=max(0, _count(workspace, None if before is None else before + SOON) - due),
        shrinks_at=shrinks_at,
        days_then=days_then,
        then=_count(workspace, None if shrinks_at is None else shrinks_at - timedelta(days=days_then or 0)),
    )


def months(workspace: Workspace) -> Sequence[MonthTotal]:
    """Return the last months in which something came, the newest first."""
    gone = Forgotten.objects.filter(workspace=workspace).values("year", "month").annotate(count=Sum("events"))
    forgotten = {(row["year"], row["month"]): row["count"] for row in gone}
    used = dict(_used(workspace))
    newest = sorted(used.keys() | forgotten.keys(), reverse=True)[:MONTHS]
    return [MonthTotal(datetime(*key, 1, tzinfo=UTC), used.get(key, 0), forgotten.get(key, 0)) for key in newest]


def _used(workspace: Workspace) -> list[tuple[tuple[int, int], int]]:
    rows = Quota.objects.filter(workspace=workspace).values_list("year", "month", "used")
    return [((year, month), used) for year, month, used in rows]


def _count(workspace: Workspace, before: datetime | None) -> int:
    """Count what is older than an instant, as far as it is worth while."""
    return 0 if before is None else old_events(workspace.pk, before)[:COUNTED_MAX].count()
