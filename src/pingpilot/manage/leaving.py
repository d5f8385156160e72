"""Deleting an account: what goes with it, what stands in the way, and the deed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from pingpilot.domain.role import Role
from pingpilot.manage import deletion, payments, subscriptions
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.observe import get_logger
from pingpilot.store.models import Membership, User, Workspace

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Goes:
    """A workspace that goes with its only member, and what is in it."""

    workspace: Workspace
    events: int
    categories: int
    channels: int
    keys: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What becomes of a user's workspaces. Those of ``held`` have other members, and need another owner first.

    Those of ``paid`` have a subscription that runs on, and has to be cancelled first.
    """

    goes: Sequence[Goes]
    stays: Sequence[Workspace]
    held: Sequence[Workspace]
    paid: Sequence[Workspace]
    is_last_operator: bool

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.held and not self.paid and not self.is_last_operator


def preview(user: User) -> Leaving:
    """Return what would become of a user's workspaces."""
    owned, others = _split(user)
    alone = [workspace for workspace in owned if not _has_others(workspace, user)]
    return Leaving(
        goes=[_counted(workspace) for workspace in alone],
        stays=others,
        held=[workspace for workspace in owned if workspace not in alone],
        paid=[workspace for workspace in alone if subscriptions.charges_on(workspace)],
        is_last_operator=_is_last_operator(user),
    )


def delete_account(services: Services, user: User, actor: Actor) -> bool:
    """Delete a user, and the workspaces that they alone are in; False when something stands in the way.

    Raises SubscriptionRuns and PaymentUnavailable while somebody might be paying for one of them just now.
    """
    number = user.pk
    for going in preview(user).goes:
        payments.release(services, going.workspace)
    with transaction.atomic():
        leaving = preview(User.objects.select_for_update().get(pk=user.pk))
        if not leaving.is_possible:
            return False
        for gone in leaving.goes:
            deletion.delete(services, gone.workspace, actor)
        user.delete()
        record(services, None, replace(actor, user=None), "user.deleted", number)
    _log.info("account.deleted", user=number, workspaces=len(leaving.goes))
    return True


def _split(user: User) -> tuple[list[Workspace], list[Workspace]]:
    rows = Membership.objects.filter(user=user).select_related("workspace").order_by("workspace_id")
    owned = [row.workspace for row in rows if row.role == Role.OWNER]
    return owned, [row.workspace for row in rows if row.role != Role.OWNER]


def _has_others(workspace: Workspace, user: User) -> bool:
    return Membership.objects.filter(workspace=workspace).exclude(user=user).exists()


def _is_last_operator(user: User) -> bool:
    """Tell whether others would be left without an operator."""
    others = User.objects.exclude(pk=user.pk).filter(is_active=True)
    return user.is_staff and others.exists() and not others.filter(is_staff=True).exists()


def _counted(workspace: Workspace) -> Goes:
    inside = deletion.contents_of(workspace)
    return Goes(workspace, inside.events, inside.categories, inside.channels, inside.keys)
