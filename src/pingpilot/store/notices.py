"""Telling owners of destinations in trouble: once for each trouble, in the commit of the event that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.domain.routing import Route
from pingpilot.store.events import Accept, accept
from pingpilot.store.models import Destination
from pingpilot.store.sql import query, stamp


@dataclass(frozen=True, slots=True)
class Trouble:
    """A destination that was switched off by us (``is_gone``), or whose credential is refused, and why."""

    destination: DestinationId
    workspace: WorkspaceId
    channel: str
    label: str
    address: str = field(repr=False)
    reason: str
    is_gone: bool
    since: datetime


@packed
@dataclass(frozen=True, slots=True)
class Tell:
    """Put the event into the pipeline that tells of a trouble, unless it was told of. Answered with whether it was."""

    destination: DestinationId
    since: datetime
    event: Accept


_TELL = """
    UPDATE store_destination SET told_at = v.now FROM v
    WHERE store_destination.id = v.id AND store_destination.told_at IS NULL AND store_destination.removed_at IS NULL
        AND (store_destination.gone_at = v.since OR store_destination.broken_at = v.since)
    RETURNING store_destination.id
"""
_TELL_COLUMNS = {"id": "bigint", "since": "timestamptz", "now": "timestamptz"}
_IN_TROUBLE = Q(gone_at__isnull=False) | Q(broken_at__isnull=False)
_UNTOLD = Q(gone_at__isnull=False, told_at__isnull=True) | Q(broken_at__isnull=False, told_at__isnull=True)


def untold(limit: int) -> list[Trouble]:
    """Return troubles that their owners have not been told of. Who is proving an address is looking at it."""
    rows = Destination.objects.filter(_UNTOLD, removed_at=None, verified_at__isnull=False).order_by("pk")
    return [_trouble(row) for row in rows[:limit]]


def of_workspace(workspace: WorkspaceId) -> list[Trouble]:
    """Return the troubles of a workspace, told or not, the latest first."""
    rows = Destination.objects.filter(_IN_TROUBLE, workspace=workspace, removed_at=None, verified_at__isnull=False)
    return sorted(map(_trouble, rows), key=lambda trouble: trouble.since, reverse=True)


def routes_beside(trouble: Trouble) -> list[Route]:
    """Return the ways that are open to tell an owner of a trouble: the other active destinations of the workspace."""
    rows = Destination.objects.filter(
        workspace=trouble.workspace, verified_at__isnull=False, disabled_at=None, removed_at=None, broken_at=None
    ).exclude(pk=trouble.destination)
    found = rows.order_by("pk").values_list("pk", "kind")
    return [Route(DestinationId(pk), kind, trouble.workspace) for pk, kind in found]


def tell(cursor: CursorWrapper, units: Sequence[Tell]) -> list[bool]:
    """Tell of each trouble once; must run inside a transaction."""
    rows = [(unit.destination, stamp(unit.since), stamp(unit.event.received_at)) for unit in units]
    won = {row[0] for row in query(cursor, _TELL, _TELL_COLUMNS, rows)}
    put = {unit.destination: unit for unit in units if unit.destination in won}
    accept(cursor, [unit.event for unit in put.values()])
    return [put.get(unit.destination) is unit for unit in units]


def _trouble(row: Destination) -> Trouble:
    since = row.gone_at or row.broken_at
    if since is None:
        raise ValueError("this destination is in no trouble")
    return Trouble(
        destination=DestinationId(row.pk),
        workspace=WorkspaceId(row.workspace_id),
        channel=row.kind,
        label=row.label,
        address=row.address,
        reason=row.disabled_reason if row.gone_at else row.last_error,
        is_gone=row.gone_at is not None,
        since=since,
    )
