"""Who did what, when, from where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pingpilot.manage.services import Services
from pingpilot.security.network import network_of
from pingpilot.store.models import AuditEntry, User, Workspace


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


def entries(workspace: Workspace, limit: int = 100) -> Sequence[AuditEntry]:
    """Return the latest entries of a workspace, newest first."""
    return list(AuditEntry.objects.filter(workspace=workspace).select_related("actor").order_by("-at", "-pk")[:limit])
