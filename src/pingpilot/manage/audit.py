"""Who did what, when, from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from pingpilot.domain.errors import NotFound
from pingpilot.manage.services import Services
from pingpilot.security.network import network_of
from pingpilot.store.models import AuditEntry, User, Workspace

PAGE = 50
BY_KEY = "by_key"
"""Under which a detail keeps the public id of the API key whose call it was."""
ABOUT_USERS = "user."
"""How actions begin that are about an account, whose number is the target; they belong to no workspace."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user, a call with an API key, or nobody known, and the address of the client.

    Without an address it is the operator at a shell, or this instance itself.
    """

    user: User | None = None
    address: str = field(default="", repr=False)
    key: str = ""


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
        detail={**(detail or {}), **({BY_KEY: actor.key} if actor.key else {})},
        at=services.now(),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the log, newest first. ``before`` asks for what is older; None at the end."""

    entries: Sequence[AuditEntry]
    before: str | None


def page(workspace: Workspace, action: str = "", before: str = "", limit: int = PAGE) -> Page:
    """Return entries of a workspace, of one action if it is named; raises NotFound for a ``before`` that is none."""
    rows = AuditEntry.objects.filter(workspace=workspace)
    return _page(rows.filter(action=action) if action else rows, before, limit)


def page_of_instance(action: str = "", before: str = "", limit: int = PAGE) -> Page:
    """Return entries of all workspaces and accounts, asked as ``page``."""
    rows = AuditEntry.objects.all()
    return _page(rows.filter(action=action) if action else rows, before, limit)


def page_of_user(user: User, before: str = "", limit: int = PAGE) -> Page:
    """Return what was done about an account, by its user or by others, asked as ``page``."""
    rows = AuditEntry.objects.filter(workspace=None, target=str(user.pk), action__startswith=ABOUT_USERS)
    return _page(rows, before, limit)


def actions(workspace: Workspace) -> list[str]:
    """Return the actions that the log of a workspace has entries of, by name."""
    rows = AuditEntry.objects.filter(workspace=workspace).order_by("action")
    return list(rows.values_list("action", flat=True).distinct())


def _page(rows: QuerySet[AuditEntry], before: str, limit: int) -> Page:
    rows = rows.filter(_older_than(before)) if before else rows
    found = list(rows.select_related("actor", "workspace").order_by("-at", "-pk")[: limit + 1])
    return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None)


def _cursor(entry: AuditEntry) -> str:
    return f"{(entry.at - _EPOCH) // _MICROSECOND}-{entry.pk}"


def _older_than(cursor: str) -> Q:
    micros, _, number = cursor.partition("-")
    try:
        at, pk = _EPOCH + int(micros) * _MICROSECOND, int(number)
    except (ValueError, OverflowError) as error:
        raise NotFound("There is no such page") from error
    return Q(at__lte=at) & (Q(at__lt=at) | Q(pk__lt=pk))
