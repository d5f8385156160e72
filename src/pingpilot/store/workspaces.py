"""Changing a workspace so that every cached picture of it is known to be stale."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Now
from django.dispatch import Signal

from pingpilot.domain.errors import NotFound
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.models import Workspace
from pingpilot.store.plans import catalogue

LOOK_BACK = timedelta(seconds=10)
"""A change may be committed this much later than it was made."""
changed = Signal()
"""Sent after the commit of a change, in the process that made it, with ``workspace`` (its id)."""


@contextmanager
def changing(workspace: WorkspaceId | int) -> Iterator[Workspace]:
    """Hold the workspace for a change of its keys, categories, destinations, plan or settings.

    One transaction: the row is locked (two changes of one workspace never overlap), its revision rises, and the fresh
    row is handed out. Whoever accepts an event on an older revision is told to look again. Raises NotFound.
    """
    with transaction.atomic():
        if not Workspace.objects.filter(pk=workspace).update(revision=F("revision") + 1, changed_at=Now()):
            raise NotFound("This workspace does not exist")
        yield Workspace.objects.get(pk=workspace)
        transaction.on_commit(lambda: _announce(WorkspaceId(int(workspace))))


def revisions_since(mark: datetime | None) -> tuple[datetime | None, dict[WorkspaceId, int]]:
    """Return the revisions of what has changed since a mark, and the next mark; without a mark, only the next one.

    A change is seen again for a while, so compare revisions. Times are the database's, whoever's clock is wrong.
    """
    newest = Workspace.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()
    if mark is None or newest is None:
        return newest, {}
    rows = Workspace.objects.filter(changed_at__gte=mark - LOOK_BACK).values_list("pk", "revision")
    return newest, {WorkspaceId(pk): revision for pk, revision in rows}


def on_missing_plans() -> dict[str, int]:
    """Return the plans that the catalogue has no more, and how many workspaces are on each."""
    rows = Workspace.objects.filter(deleted_at=None).exclude(plan__in=list(catalogue().plans))
    return dict(rows.values_list("plan").annotate(Count("pk")).order_by("plan"))


def _announce(workspace: WorkspaceId) -> None:
    changed.send(sender=Workspace, workspace=workspace)
