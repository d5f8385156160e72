"""Destinations as the people behind them prove, leave and change them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import Q

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.key import id_of, matches
from pingpilot.store.access import access_of
from pingpilot.store.models import AuditEntry, BrokenSender, Delivery, Destination
from pingpilot.store.workspaces import changing

Seal = Callable[[DestinationId], bytes]
"""Makes the sealed settings of a destination."""
Reseal = Callable[[DestinationId, bytes], bytes]
"""Makes new sealed settings of those that a destination has."""

UNTROUBLED: Mapping[str, None] = MappingProxyType({"gone_at": None, "broken_at": None, "told_at": None})
"""The columns of a destination that is in no trouble."""
FORGIVEN: Mapping[str, Any] = MappingProxyType(
    {"disabled_at": None, "disabled_reason": "", "suspect_count": 0, "suspect_since": None, **UNTROUBLED}
)
"""The columns of a destination that is as good as new."""
BY_OWNER = "Switched off by its owner"
"""Why a destination is disabled that only its owner enables again."""
BY_RECIPIENT = "Whoever gets its messages has unsubscribed"
"""Why a destination is disabled whose address has to be proved anew."""


def mended(destinations: Sequence[DestinationId]) -> list[DestinationId]:
    """Return those that nothing is held against any more, or that are gone."""
    refused = Destination.objects.filter(pk__in=destinations, broken_at__isnull=False, removed_at=None)
    left = set(destinations).difference(refused.values_list("pk", flat=True))
    return sorted(left)


def hasten(destination: int, now: datetime) -> None:
    """Make what waits for a destination due at once: it may work again, or is gone."""
    Delivery.objects.filter(state=DeliveryState.PENDING, destination=destination, due_at__gt=now).update(due_at=now)


def hasten_refused(now: datetime) -> int:
    """Make due at once what waits for destinations and channels that refuse us; returns how many deliveries.

    For a start: it may be that which mends them.
    """
    channels = BrokenSender.objects.values("channel")
    refused = Destination.objects.filter(Q(broken_at__isnull=False) | Q(kind__in=channels)).values("pk")
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING, destination__in=refused, due_at__gt=now)
    return waiting.update(due_at=now)


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
        **UNTROUBLED,
    }


def disable_gone(kind: str, identity_digest: bytes, now: datetime, reason: str) -> int:
    """Disable every destination of a person who left; returns how many."""
    rows = Destination.objects.filter(kind=kind, identity_digest=identity_digest, disabled_at=None, removed_at=None)
    count = 0
    for destination, workspace in list(rows.values_list("pk", "workspace_id")):
        with changing(workspace):
            alive = Destination.objects.filter(pk=destination, disabled_at=None)
            count += alive.update(**{**UNTROUBLED, "disabled_at": now, "disabled_reason": reason, "gone_at": now})
    return count


def enable_back(kind: str, identity_digest: bytes) -> int:
    """Enable every destination of a person who came back, unless its owner switched it off; returns how many."""
    rows = Destination.objects.filter(kind=kind, identity_digest=identity_digest, removed_at=None)
    off = rows.filter(disabled_at__isnull=False).exclude(disabled_reason__in=[BY_OWNER, BY_RECIPIENT])
    count = 0
    for destination, workspace in list(off.values_list("pk", "workspace_id")):
        with changing(workspace):
            again = off.filter(pk=destination)
            count += again.update(**FORGIVEN)
    return count


def change(kind: str, identity_digest: bytes, reseal: Reseal, new_identity_digest: bytes) -> int:
    """Change the settings of every destination of a person; returns how many.

    Accepting events does not rest on settings, so no workspace gets a new revision.
    """
    with transaction.atomic():
        mine = Destination.objects.filter(kind=kind, identity_digest=identity_digest, removed_at=None)
        rows = list(mine.select_for_update().values_list("pk", "sealed"))
        for pk, sealed in rows:
            again = reseal(DestinationId(pk), bytes(sealed))
            Destination.objects.filter(pk=pk).update(sealed=again, identity_digest=new_identity_digest)
    return len(rows)
