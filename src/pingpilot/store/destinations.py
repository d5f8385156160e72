"""Destinations as the people behind them prove or leave them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pingpilot.domain.ids import DestinationId
from pingpilot.domain.key import id_of, matches
from pingpilot.store.access import access_of
from pingpilot.store.models import AuditEntry, Destination
from pingpilot.store.workspaces import changing

Seal = Callable[[DestinationId], bytes]
"""Makes the sealed settings of a destination."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who wrote to us on a channel: ``address`` is how to show them, ``identity_digest`` how to find them."""

    kind: str
    address: str = field(repr=False)
    identity_digest: bytes = field(repr=False)


def link(proof_digest: bytes, person: Person, seal: Seal, now: datetime) -> bool:
    """Verify the destination that a one-time code was made for; False when the code is unknown, used or expired."""
    waiting = Destination.objects.filter(
        kind=person.kind, proof_digest=proof_digest, proof_expires_at__gt=now, removed_at=None
    )
    found = waiting.values_list("pk", "workspace_id").first()
    if found is None:
        return False
    with changing(found[1]):
        return bool(waiting.filter(pk=found[0]).update(**_linked(person, seal(DestinationId(found[0])), now)))


def link_by_key(key: str, person: Person, seal: Seal, now: datetime) -> bool:
    """Add or renew the person's destination in the workspace of an API key; False when the key opens nothing."""
    key_id = id_of(key)
    access = access_of(key_id, now) if key_id else None
    if access is None or not matches(key, access.digest):
        return False
    with changing(access.workspace) as workspace:
        mine = {"workspace": workspace, "kind": person.kind, "identity_digest": person.identity_digest}
        destination = Destination.objects.filter(**mine, removed_at=None).first() or Destination(**mine)
        destination.save()
        rows = Destination.objects.filter(pk=destination.pk)
        rows.update(**_linked(person, seal(DestinationId(destination.pk)), now))
        AuditEntry.objects.create(
            workspace=workspace, action="destination.linked_by_key", target=str(destination.pk), at=now
        )
    return True


def _linked(person: Person, sealed: bytes, now: datetime) -> dict[str, Any]:
    return {
        "sealed": sealed,
        "address": person.address,
        "identity_digest": person.identity_digest,
        "proof_digest": None,
        "proof_expires_at": None,
        "verified_at": now,
        "disabled_at": None,
        "disabled_reason": "",
    }


def disable_gone(kind: str, identity_digest: bytes, now: datetime, reason: str) -> int:
    """Disable every destination of a person who left; returns how many."""
    rows = Destination.objects.filter(kind=kind, identity_digest=identity_digest, disabled_at=None, removed_at=None)
    count = 0
    for destination, workspace in list(rows.values_list("pk", "workspace_id")):
        with changing(workspace):
            alive = Destination.objects.filter(pk=destination, disabled_at=None)
            count += alive.update(disabled_at=now, disabled_reason=reason)
    return count
