"""How long each workspace's events are kept: it follows the plan, at once upwards, and after a grace downwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.store.events import Accept, accept
from pingpilot.store.models import Event, Keeping, Workspace
from pingpilot.store.plans import catalogue
from pingpilot.store.sql import query, stamp

GRACE = timedelta(days=30)
"""For so long after a change to a plan that keeps less, nothing is forgotten that the plan before kept."""


@dataclass(frozen=True, slots=True)
class Shrinking:
    """A workspace whose history is going to be cut to ``days`` at an instant."""

    workspace: WorkspaceId
    name: str
    plan: str
    days: int
    at: datetime


@packed
@dataclass(frozen=True, slots=True)
class TellShrinking:
    """Put the event into the pipeline that tells of it, unless it was told of. Answered with whether it was."""

    workspace: WorkspaceId
    at: datetime
    event: Accept


_TELL = """
    UPDATE store_keeping SET told_at = v.now FROM v
    WHERE store_keeping.workspace_id = v.workspace_id AND store_keeping.shrinks_at = v.at
        AND store_keeping.told_at IS NULL
    RETURNING store_keeping.workspace_id
"""
_TELL_COLUMNS = {"workspace_id": "bigint", "at": "timestamptz", "now": "timestamptz"}


def follow(now: datetime, limit: int) -> int:
    """Bring workspaces into line with their plans, at most so many for each; return how many were looked at."""
    return sum(_follow(code, days_of(code), now, limit) for code in catalogue().plans)


def days_of(code: str) -> int | None:
    """Return how many days of history a plan keeps; None: all."""
    history = catalogue().of(code).history
    return None if history is None else history.days


def untold(limit: int) -> list[Shrinking]:
    """Return the cuts to come that nobody was told of."""
    rows = Keeping.objects.filter(shrinks_at__isnull=False, told_at=None, workspace__deleted_at=None)
    return [
        Shrinking(
            WorkspaceId(row.pk), row.workspace.name, catalogue().of(row.workspace.plan).label, days, row.shrinks_at
        )
        for row in rows.select_related("workspace")[:limit]
        if row.shrinks_at is not None and (days := days_of(row.workspace.plan)) is not None
    ]


def tell_shrinking(cursor: CursorWrapper, units: Sequence[TellShrinking]) -> list[bool]:
    """Tell of each once; must run inside a transaction."""
    return [_tell(cursor, unit) for unit in units]


def _follow(code: str, days: int | None, now: datetime, limit: int) -> int:
    is_same = Q(keeping__isnull=False, keeping__days=days, keeping__shrinks_at=None)
    is_waiting = Q(keeping__shrinks_at__gt=now) & ~Q(keeping__days=days)
    if days is not None:  # with more kept before than the plan keeps: the grace
        is_waiting &= Q(keeping__days=None) | Q(keeping__days__gt=days)
        rows = Workspace.objects.filter(plan=code, deleted_at=None).exclude(is_same).exclude(is_waiting)
    else:
        rows = Workspace.objects.filter(plan=code, deleted_at=None).exclude(is_same)
    found = list(rows.select_related("keeping")[:limit])
    for workspace in found:
        _bring_into_line(workspace, days, now)
    return len(found)


def _bring_into_line(workspace: Workspace, days: int | None, now: datetime) -> None:
    """Another process may do the same: a change is made to what was read, or not at all."""
    known = getattr(workspace, "keeping", None)
    if known is None:
        kept = None if days is not None and _has_older(workspace, now - timedelta(days=days)) else days
        Keeping.objects.get_or_create(workspace=workspace, defaults={"days": kept})
        return
    row = Keeping.objects.filter(pk=known.pk, days=known.days, shrinks_at=known.shrinks_at)
    is_less = days is not None and (known.days is None or days < known.days)
    if is_less and known.shrinks_at is None:
        row.update(shrinks_at=now + GRACE, told_at=None)
    elif not is_less or (known.shrinks_at is not None and known.shrinks_at <= now):
        row.update(days=days, shrinks_at=None, told_at=None)


def _has_older(workspace: Workspace, than: datetime) -> bool:
    """Tell whether a workspace that was never looked at has events that its plan does not keep."""
    return Event.objects.filter(workspace=workspace, occurred_at__lt=than, received_at__lt=than).exists()


def _tell(cursor: CursorWrapper, unit: TellShrinking) -> bool:
    row = (unit.workspace, stamp(unit.at), stamp(unit.event.received_at))
    is_news = bool(query(cursor, _TELL, _TELL_COLUMNS, [row]))
    if is_news:
        accept(cursor, [unit.event])
    return is_news
