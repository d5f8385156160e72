"""Who did what, when, from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from pingpilot.domain.errors import NotFound
from pingpilot.manage.services import Services
from pingpilot.security.network import network_of
from pingpilot.store.models import AuditEntry, User, Workspace

PAGE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, or nobody known (the operator at a shell), and the address of the client."""

    user: User | None = None
    address: str = field(default="", repr=False)


NOBODY = Actor()


def record(
    services: Services,
    workspace: Workspace | None,
    actor: Actor,
    action: str,
    target: object = "",
    detail: Mapping[str, object] | None = None,
) -> None:
    """Record one thing done: ``action`` is noun.past-verb; of the client's address only the network is kept."""
    AuditEntry.objects.create(
        workspace=workspace,
        actor=actor.user,
        action=action,
        target=str(target)[:64],
        network=network_of(actor.address),
        detail=dict(detail or {}),
        at=services.now(),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the log, newest first. ``before`` asks for what is older; None at the end."""

    entries: Sequence[AuditEntry]
    before: str | None


def page(workspace: Workspace, action: str = "", before: str = "", limit: int = PAGE) -> Page:
    """Return entries of a workspace, of one action if it is named; raises NotFound for a ``before`` that is none."""
    rows = AuditEntry.objects.filter(workspace=workspace).select_related("actor")
    rows = rows.filter(action=action) if action else rows
    rows = rows.filter(_older_than(before)) if before else rows
    found = list(rows.order_by("-at", "-pk")[: limit + 1])
    return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None)


def actions(workspace: Workspace) -> list[str]:
    """Return the actions that the log of a workspace has entries of, by name."""
    rows = AuditEntry.objects.filter(workspace=workspace).order_by("action")
    return list(rows.values_list("action", flat=True).distinct())


def _cursor(entry: AuditEntry) -> str:
    return f"{(entry.at - _EPOCH) // _MICROSECOND}-{entry.pk}"


def _older_than(cursor: str) -> Q:
    micros, _, number = cursor.partition("-")
    try:
        at, pk = _EPOCH + int(micros) * _MICROSECOND, int(number)
    except (ValueError, OverflowError) as error:
        raise NotFound("There is no such page") from error
    return Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lt=pk))
