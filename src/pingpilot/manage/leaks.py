"""Keys that somebody found in the open: ended on their report, and how long their workspace is reminded of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pingpilot.domain.errors import InvalidKey, NotFound
from pingpilot.manage import keys
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import AuditEntry, Key, Workspace

SHOWN_FOR = timedelta(days=7)
_LEAKED = "key.leaked"


@dataclass(frozen=True, slots=True)
class Leak:
    """A key that was reported, and when. ``was_primary``: another one was made in its place."""

    key: Key
    at: datetime
    was_primary: bool


def report(services: Services, text: str, actor: Actor) -> Key | None:
    """Revoke a key reported by whoever holds it; a primary one is replaced. Return it as it was, for its owner to know.

    None for a key that is unknown, or dead by now.
    """
    try:
        key = keys.opened_by(services, text, actor)
        record(services, key.workspace, actor, _LEAKED, key.id)
        keys.revoke(services, key, actor)
    except (InvalidKey, NotFound):
        return None
    return key


def recent(services: Services, workspace: Workspace) -> list[Leak]:
    """Return what was reported within 7 days, the latest first, but for keys whose replacement is in use by now."""
    since = services.now() - SHOWN_FOR
    told = AuditEntry.objects.filter(workspace=workspace, at__gt=since, action=_LEAKED).order_by("-at", "-pk")
    found = Key.objects.filter(workspace=workspace).select_related("replaced_by")
    by_id = found.in_bulk([entry.target for entry in told])
    return [_leak(by_id[entry.target], entry.at) for entry in told if not _is_over(by_id[entry.target])]


def _leak(key: Key, at: datetime) -> Leak:
    return Leak(key, at, was_primary=key.replaced_by is not None and key.replaced_by.is_primary)


def _is_over(key: Key) -> bool:
    return key.replaced_by is not None and key.replaced_by.last_used_at is not None
