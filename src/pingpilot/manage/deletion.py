"""Deleting a workspace: what goes with it, and the deed."""

from dataclasses import asdict, dataclass
from datetime import datetime

from pingpilot.domain.errors import NotFound
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.manage.subscriptions import refuse_charges
from pingpilot.store.models import Category, Destination, Event, Invitation, Key, Membership, Workspace
from pingpilot.store.workspaces import changing


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a workspace, and goes with it."""

    events: int
    categories: int
    channels: int
    keys: int
    members: int


def contents_of(workspace: Workspace) -> Contents:
    """Count what a deletion would take away."""
    return Contents(
        events=Event.objects.filter(workspace=workspace).count(),
        categories=Category.objects.filter(workspace=workspace).count(),
        channels=Destination.objects.filter(workspace=workspace, removed_at=None).count(),
        keys=Key.objects.filter(workspace=workspace, revoked_at=None).count(),
        members=Membership.objects.filter(workspace=workspace).count(),
    )


def delete(services: Services, workspace: Workspace, actor: Actor) -> None:
    """Delete a workspace at once for everybody: keys die, secrets are wiped, nobody is a member any more.

    What it holds is cleared away afterwards, bit by bit, by a chore. That the owner has shown again who they are is for
    the caller to see to. Raises NotFound when it was deleted meanwhile, SubscriptionRuns while it is paid for.
    """
    told = asdict(contents_of(workspace))
    with changing(workspace.pk) as held:
        if held.deleted_at is not None:
            raise NotFound("This workspace was deleted meanwhile")
        refuse_charges(held)
        record(services, None, actor, "workspace.deleted", held.pk, {"name": held.name, **told})
        _end(held, services.now())
    services.wake()


def _end(workspace: Workspace, now: datetime) -> None:
    Key.objects.filter(workspace=workspace, revoked_at=None).update(revoked_at=now)
    Key.objects.filter(workspace=workspace).update(sealed=None)
    Destination.objects.filter(workspace=workspace).update(
        removed_at=now, sealed=b"", proof_digest=None, proof_expires_at=None, identity_digest=None
    )
    Invitation.objects.filter(workspace=workspace).delete()
    Membership.objects.filter(workspace=workspace).delete()
    workspace.deleted_at = now
    workspace.save(update_fields=["deleted_at"])
