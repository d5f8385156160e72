"""Changing a workspace so that every cached picture of it is known to be stale."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import F
from django.dispatch import Signal

from pingpilot.domain.errors import NotFound
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.models import Workspace

changed = Signal()
"""Sent after the commit of a change, in the process that made it, with ``workspace`` (its id)."""


@contextmanager
def changing(workspace: WorkspaceId | int) -> Iterator[Workspace]:
    """Hold the workspace for a change of its keys, categories, destinations, plan or settings.

    One transaction: the row is locked (two changes of one workspace never overlap), its revision rises, and the fresh
    row is handed out. Whoever accepts an event on an older revision is told to look again. Raises NotFound.
    """
    with transaction.atomic():
        if not Workspace.objects.filter(pk=workspace).update(revision=F("revision") + 1):
            raise NotFound("This workspace does not exist")
        yield Workspace.objects.get(pk=workspace)
        transaction.on_commit(lambda: _announce(WorkspaceId(int(workspace))))


def _announce(workspace: WorkspaceId) -> None:
    changed.send(sender=Workspace, workspace=workspace)
