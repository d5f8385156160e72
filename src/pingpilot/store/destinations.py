"""Destinations as the people behind them prove or leave them."""

from collections.abc import Callable
from datetime import datetime

from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.store.models import Destination
from pingpilot.store.workspaces import changing


def awaiting_proof(kind: str, proof_digest: bytes, now: datetime) -> tuple[DestinationId, WorkspaceId] | None:
    """Return the destination that a one-time code was made for; None when it is unknown, used or expired."""
    rows = Destination.objects.filter(
        kind=kind, proof_digest=proof_digest, proof_expires_at__gt=now, removed_at=None
    ).values_list("pk", "workspace_id")
    row = rows.first()
    return None if row is None else (DestinationId(row[0]), WorkspaceId(row[1]))


def link(
    kind: str,
    proof_digest: bytes,
    now: datetime,
    seal: Callable[[DestinationId], bytes],
    *,
    address: str,
    identity_digest: bytes,
) -> bool:
    """Verify the destination that a one-time code was made for, with the settings that came with the code; once.

    ``seal`` makes the sealed settings. Returns False when the code is unknown, used or expired.
    """
    found = awaiting_proof(kind, proof_digest, now)
    if found is None:
        return False
    destination, workspace = found
    with changing(workspace):
        rows = Destination.objects.filter(pk=destination, proof_digest=proof_digest)
        return bool(
            rows.update(
                sealed=seal(destination),
                address=address,
                identity_digest=identity_digest,
                proof_digest=None,
                proof_expires_at=None,
                verified_at=now,
                disabled_at=None,
                disabled_reason="",
            )
        )


def disable_gone(kind: str, identity_digest: bytes, now: datetime, reason: str) -> int:
    """Disable every destination of a person who left; returns how many."""
    rows = Destination.objects.filter(kind=kind, identity_digest=identity_digest, disabled_at=None, removed_at=None)
    count = 0
    for destination, workspace in list(rows.values_list("pk", "workspace_id")):
        with changing(workspace):
            alive = Destination.objects.filter(pk=destination, disabled_at=None)
            count += alive.update(disabled_at=now, disabled_reason=reason)
    return count
