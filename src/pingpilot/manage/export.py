"""Everything that an account holds, to be taken along; no secrets."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from pingpilot.domain.category import color_text
from pingpilot.domain.event import Purpose
from pingpilot.domain.role import Role
from pingpilot.manage.audit import page_of_user
from pingpilot.manage.services import Services
from pingpilot.store.models import (
    AuditEntry,
    Bought,
    Category,
    Destination,
    Event,
    Key,
    Membership,
    SavedFilter,
    User,
    Workspace,
)

FORMAT = 1
PAGE = 500
"""Events read at a time."""
ACTIVITY_MAX = 10_000
"""Entries of the activity log that go along, the latest."""


def account(services: Services, user: User) -> dict[str, Any]:
    """Return a user's profile, activity and workspaces, ready for JSON; those they own with all but the events."""
    rows = Membership.objects.filter(user=user).select_related("workspace").order_by("workspace_id")
    return {
        "format": FORMAT,
        "exportedAt": instant_text(services.now()),
        "profile": {
            "email": user.email,
            "name": user.name,
            "timeZone": user.time_zone,
            "joinedAt": instant_text(user.date_joined),
            "isOperator": user.is_staff,
        },
        "activity": [_activity(row, user) for row in page_of_user(user, limit=ACTIVITY_MAX).entries],
        "workspaces": [_workspace(row) for row in rows],
    }


def owned(user: User) -> Sequence[Workspace]:
    """Return the workspaces whose events a user may take along."""
    return list(Workspace.objects.filter(memberships__user=user, memberships__role=Role.OWNER).order_by("pk"))


def event_lines(workspaces: Sequence[Workspace]) -> Iterator[str]:
    """Yield pages of events as text, newest first, one JSON object a line; a page is read when it is asked for.

    Proofs of addresses are left out: their links are secrets.
    """
    for workspace in workspaces:
        last: Event | None = None
        while rows := _page(workspace, last):
            yield "".join(f"{line_of(row)}\n" for row in rows)
            last = rows[-1]


def _page(workspace: Workspace, last: Event | None) -> list[Event]:
    rows = Event.objects.filter(workspace=workspace).exclude(purpose=Purpose.PROOF)
    if last is not None:
        at = last.occurred_at
        rows = rows.filter(Q(occurred_at__lte=at) & (Q(occurred_at__lt=at) | Q(id__lt=last.pk)))
    return list(rows.order_by("-occurred_at", "-id")[:PAGE])


def line_of(event: Event) -> str:
    """Return one event as JSON; its fields go in as they were sent, so that ``99.90`` stays ``99.90``."""
    told = {
        "id": event.pk.hex,
        "workspaceId": event.workspace_id,
        "category": event.category_name,
        "description": event.description,
        "severity": event.severity,
        "url": event.url,
        "dedupeKey": event.dedupe_key,
        "repeatOf": event.repeat_of.hex if event.repeat_of else None,
        "timestamp": instant_text(event.occurred_at),
        "receivedAt": instant_text(event.received_at),
        "status": event.status,
        "purpose": event.purpose,
    }
    return f'{json.dumps(told, ensure_ascii=False)[:-1]}, "fields": {event.fields}}}'


def _activity(entry: AuditEntry, user: User) -> dict[str, Any]:
    """Return what happened to the account; whoever else did it, an operator or a stranger, is not named."""
    return {
        "at": instant_text(entry.at),
        "action": entry.action,
        "byYou": entry.actor_id == user.pk,
        "network": entry.network,
        "detail": entry.detail,
    }


def _workspace(membership: Membership) -> dict[str, Any]:
    workspace = membership.workspace
    told = {
        "id": workspace.pk,
        "name": workspace.name,
        "role": membership.role,
        "plan": workspace.plan,
        "createdAt": instant_text(workspace.created_at),
    }
    if membership.role != Role.OWNER:
        return told
    return {
        **told,
        "categories": [_category(row) for row in Category.objects.filter(workspace=workspace).order_by("pk")],
        "destinations": [
            _destination(row) for row in Destination.objects.filter(workspace=workspace, removed_at=None).order_by("pk")
        ],
        "subscriptions": [
            {
                "status": row.status,
                "plan": row.price_plan,
                "interval": row.interval,
                "endsAt": instant_text(row.ends_at),
            }
            for row in Bought.objects.filter(payer=workspace.pk).order_by("pk")
        ],
        "savedFilters": [
            {"name": row.name, "query": row.query, "createdAt": instant_text(row.created_at)}
            for row in SavedFilter.objects.filter(workspace=workspace).order_by("pk")
        ],
        "keys": [_key(row) for row in Key.objects.filter(workspace=workspace).order_by("created_at")],
    }


def _category(category: Category) -> dict[str, Any]:
    return {
        "name": category.name,
        "color": color_text(category.color),
        "emoji": category.emoji,
        "isMuted": category.is_muted,
        "cooldown": category.cooldown_s,
        "createdAt": instant_text(category.created_at),
    }


def _destination(destination: Destination) -> dict[str, Any]:
    return {
        "id": destination.pk,
        "kind": destination.kind,
        "label": destination.label,
        "address": destination.address,
        "createdAt": instant_text(destination.created_at),
        "verifiedAt": instant_text(destination.verified_at),
        "disabledAt": instant_text(destination.disabled_at),
    }


def _key(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "isPrimary": key.is_primary,
        "scopes": key.scopes.split(),
        "createdAt": instant_text(key.created_at),
        "expiresAt": instant_text(key.expires_at),
        "revokedAt": instant_text(key.revoked_at),
        "lastUsedAt": instant_text(key.last_used_at),
    }


def instant_text(instant: datetime | None) -> str | None:
    """Return an instant as the API tells it; None stays None."""
    return None if instant is None else instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
