"""Clearing away what workspaces leave behind that were deleted: a slice at a time, so that nobody waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from pingpilot.domain.ids import EventId
from pingpilot.domain.packing import packed
from pingpilot.store.erasing import erase
from pingpilot.store.models import AuditEntry, Event, IdempotencyRecord, Workspace

AT_ONCE = 100
"""Rows, or events with all that hangs on them, in one unit: it shares a commit with those who accept events, and nobody
waits for it. The writer spends some ten milliseconds on it.
"""
_MANY: Sequence[type[Model]] = (IdempotencyRecord, AuditEntry)
"""What a workspace may have much of, beside its events. The rest is little, and goes with its row."""


@packed
@dataclass(frozen=True, slots=True)
class Clear:
    """Clear away a slice of a deleted workspace. Answered with whether the workspace is gone for good."""

    workspace: int


def next_deleted() -> int | None:
    """Return the id of a workspace that was deleted and has left something behind."""
    rows = Workspace.objects.filter(deleted_at__isnull=False).order_by("deleted_at")
    return rows.values_list("pk", flat=True).first()


def clear(_cursor: CursorWrapper, units: Sequence[Clear]) -> list[bool]:
    """Clear a slice for each unit; inside a transaction."""
    return [_clear(unit.workspace) for unit in units]


def _clear(workspace: int) -> bool:
    """Take the events first; then what may be as many; the row last. A workspace that lives is left alone.

    The row is held from the beginning: who stores an event meanwhile waits, and finds it gone.
    """
    if Workspace.objects.select_for_update().filter(pk=workspace, deleted_at__isnull=False).first() is None:
        return True
    events = Event.objects.filter(workspace=workspace).values_list("pk", flat=True)[:AT_ONCE]
    if erase([EventId(pk.hex) for pk in events]):
        return False
    if any(_cut(table, workspace) for table in _MANY):
        return False
    Workspace.objects.filter(pk=workspace).delete()
    return True


def _cut(table: type[Model], workspace: int) -> int:
    rows = table._default_manager.filter(workspace=workspace)  # noqa: SLF001 - Django's public name for it
    return rows.filter(pk__in=list(rows.values_list("pk", flat=True)[:AT_ONCE])).delete()[0]
