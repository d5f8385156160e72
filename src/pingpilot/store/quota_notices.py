"""Telling owners how far the month's quota is used up: once for each mark and limit, in the commit that tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from pingpilot.domain.address import masked
from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.domain.quota import WARN_AT, Month, OverLimit
from pingpilot.domain.role import Role
from pingpilot.domain.routing import Route
from pingpilot.store.events import Accept, accept
from pingpilot.store.models import Destination, Membership, Quota
from pingpilot.store.plans import catalogue
from pingpilot.store.sql import query, stamp

NEAR, FULL = WARN_AT


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A workspace that has used ``percent`` of its month's events, or more."""

    workspace: WorkspaceId
    name: str
    month: Month
    percent: int
    used: int
    limit: int
    plan: str
    over_limit: OverLimit


@packed
@dataclass(frozen=True, slots=True)
class Warn:
    """Put the event into the pipeline that tells of it, unless it was told of. Answered with whether it was.

    ``has_mail``: the owner is to be told by mail as well.
    """

    workspace: WorkspaceId
    year: int
    month: int
    percent: int
    limit: int
    has_mail: bool
    event: Accept


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is still to be sent, and to whom."""

    quota: int
    used_up: UsedUp
    addresses: Sequence[str] = field(repr=False)


_WARN = """
    UPDATE store_quota SET
        warned_80_at = v.now,
        warned_100_at = CASE WHEN v.percent >= 100 THEN v.now
            WHEN store_quota.warned_limit < v.most THEN NULL ELSE store_quota.warned_100_at END,
        warned_limit = v.most, unmailed = v.unmailed
    FROM v
    WHERE store_quota.workspace_id = v.workspace_id AND store_quota.year = v.year AND store_quota.month = v.month
        AND store_quota.used * 100 >= v.most * v.percent
        AND (store_quota.warned_limit < v.most OR (v.percent < 100 AND store_quota.warned_80_at IS NULL)
            OR (v.percent >= 100 AND store_quota.warned_100_at IS NULL))
    RETURNING store_quota.workspace_id
"""
_COLUMNS = {
    "workspace_id": "bigint",
    "year": "integer",
    "month": "integer",
    "percent": "smallint",
    "most": "bigint",
    "unmailed": "smallint",
    "now": "timestamptz",
}


def untold(now: datetime, limit: int) -> list[UsedUp]:
    """Return the workspaces whose owners are to be told; who has used up all is told of that alone."""
    month = Month.of(now)
    wanted = Q(pk__in=())
    for plan in catalogue().plans.values():
        if plan.events_per_month is not None:
            wanted |= Q(workspace__plan=plan.code) & _is_news(plan.events_per_month)
    rows = Quota.objects.filter(wanted, year=month.year, month=month.month, workspace__deleted_at=None)
    return [_used_up(row) for row in rows.select_related("workspace")[:limit]]


def routes_to(workspace: WorkspaceId) -> list[Route]:
    """Return the ways that are open to tell a workspace's owner something."""
    rows = Destination.objects.filter(
        workspace=workspace, verified_at__isnull=False, disabled_at=None, removed_at=None, broken_at=None
    )
    return [Route(DestinationId(pk), kind, workspace) for pk, kind in rows.order_by("pk").values_list("pk", "kind")]


def warn(cursor: CursorWrapper, units: Sequence[Warn]) -> list[bool]:
    """Tell of each once; must run inside a transaction."""
    return [_warn(cursor, unit) for unit in units]


def unmailed(limit: int) -> list[Letter]:
    """Return the mails that are still to be sent; an owner whose address is one of the channels hears there."""
    rows = Quota.objects.filter(unmailed__gt=0, workspace__deleted_at=None).select_related("workspace")
    return [_letter(row) for row in rows.order_by("unmailed")[:limit]]


def claim_letter(letter: Letter) -> bool:
    """Take a mail for sending; False where somebody else did. It is never sent twice: a crash may lose it."""
    rows = Quota.objects.filter(pk=letter.quota, unmailed=letter.used_up.percent)
    return rows.update(unmailed=None) > 0


def return_letter(letter: Letter) -> None:
    """Let a mail be tried again that the mail server did not take, unless a later one is to be sent."""
    Quota.objects.filter(pk=letter.quota, unmailed=None).update(unmailed=letter.used_up.percent)


def _is_news(limit: int) -> Q:
    is_raised = Q(warned_limit__lt=limit)
    return Q(used__gte=limit) & (Q(warned_100_at=None) | is_raised) | Q(used__gte=ceil(limit * NEAR / FULL)) & (
        Q(warned_80_at=None) | is_raised
    )


def _used_up(row: Quota, percent: int | None = None) -> UsedUp:
    plan = catalogue().of(row.workspace.plan)
    limit = plan.events_per_month or 0
    return UsedUp(
        workspace=WorkspaceId(row.workspace_id),
        name=row.workspace.name,
        month=Month(row.year, row.month),
        percent=percent or (FULL if row.used >= limit else NEAR),
        used=row.used,
        limit=limit,
        plan=plan.label,
        over_limit=OverLimit(row.workspace.over_limit),
    )


def _warn(cursor: CursorWrapper, unit: Warn) -> bool:
    mail = unit.percent if unit.has_mail else None
    row = (unit.workspace, unit.year, unit.month, unit.percent, unit.limit, mail, stamp(unit.event.received_at))
    is_news = bool(query(cursor, _WARN, _COLUMNS, [row]))
    if is_news:
        accept(cursor, [unit.event])
    return is_news


def _letter(row: Quota) -> Letter:
    used_up = _used_up(row, row.unmailed)
    owners = Membership.objects.filter(workspace=row.workspace_id, role=Role.OWNER, user__is_active=True)
    heard = Destination.objects.filter(
        workspace=row.workspace_id, kind="email", verified_at__isnull=False, disabled_at=None, removed_at=None
    ).values_list("address", flat=True)
    known = set(heard)  # as they are shown
    mails = [one for one in owners.values_list("user__email", flat=True) if masked(one) not in known]
    return Letter(row.pk, used_up, mails if used_up.limit else ())  # no limit any more: nothing to say
