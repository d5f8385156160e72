"""Members of a workspace: who they are, what they may do, and how they come to do it no more."""

from django.db import transaction
from django.db.models import Case, Value, When

from pingpilot.domain.errors import InvalidRequest, Issue, NotFound
from pingpilot.domain.role import GIVEN, Action, Role, may
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import Invitation, Membership, User, Workspace

OWNER_STAYS = "The owner stays. Transfer the workspace to another member first"
UNKNOWN_ROLE = f"Choose one of: {', '.join(GIVEN)}"
_BY_ROLE = Case(*(When(role=role, then=Value(rank)) for rank, role in enumerate(Role)))


def memberships_of(user: User) -> list[Membership]:
    """Return a user's memberships with their workspaces, the first one joined first."""
    rows = Membership.objects.filter(user=user, workspace__deleted_at=None).select_related("workspace")
    return list(rows.order_by("created_at", "pk"))


def list_all(workspace: Workspace) -> list[Membership]:
    """Return the members with their users, the mightiest first."""
    rows = Membership.objects.filter(workspace=workspace).select_related("user")
    return list(rows.order_by(_BY_ROLE, "created_at", "pk"))


def find(workspace: Workspace, member_id: int) -> Membership:
    """Return a member of the workspace with the user; raise NotFound."""
    return _one(workspace, pk=member_id)


def find_by_address(workspace: Workspace, email: str) -> Membership:
    """Return the member with an e-mail address; raise NotFound."""
    return _one(workspace, user__email=email.strip().lower())


def give_role(services: Services, member: Membership, role: Role, actor: Actor) -> None:
    """Give a member another role than the owner's. Raises InvalidRequest for the owner, NotFound for who has left."""
    if role not in GIVEN:
        raise InvalidRequest([Issue("invalid_enum_value", ("role",), UNKNOWN_ROLE)])
    with transaction.atomic():
        was = _held(member).role
        Membership.objects.filter(pk=member.pk).update(role=role)
        if not may(role, Action.MEMBERS):
            _withdraw_invitations(member)
        detail = {"email": member.user.email, "from": was, "to": role.value}
        record(services, member.workspace, actor, "member.role_changed", member.user_id, detail)
    member.role = role


def remove(services: Services, member: Membership, actor: Actor) -> None:
    """Take a member out, with the invitations they sent. Raises InvalidRequest for the owner, NotFound when gone."""
    _end(services, member, actor, "member.removed")


def leave(services: Services, member: Membership, actor: Actor) -> None:
    """Let a member go; as ``remove``, of one's own accord."""
    _end(services, member, actor, "member.left")


def transfer(services: Services, workspace: Workspace, member: Membership, actor: Actor) -> None:
    """Make another member the owner; the owner becomes an admin. Raises NotFound for who is none, or owns it already.

    That the owner has shown again who they are is for the caller to see to.
    """
    with transaction.atomic():
        rows = Membership.objects.filter(workspace=workspace)
        owner = rows.select_for_update().filter(role=Role.OWNER).select_related("user").get()
        rows.filter(pk=owner.pk).update(role=Role.ADMIN)
        if owner.pk == member.pk or not rows.filter(pk=member.pk).update(role=Role.OWNER):
            raise NotFound("Choose another member of the workspace")
        detail = {"from": owner.user.email, "to": member.user.email}
        record(services, workspace, actor, "workspace.transferred", member.user_id, detail)
    member.role = Role.OWNER


def join(services: Services, workspace: Workspace, user: User, role: Role) -> Membership:
    """Make a user a member; belongs inside a transaction, which says why."""
    return Membership.objects.create(workspace=workspace, user=user, role=role, created_at=services.now())


def owned_by(user: User) -> list[Workspace]:
    """Return the workspaces that a user owns, the first one first."""
    rows = Membership.objects.filter(user=user, role=Role.OWNER).select_related("workspace")
    return [one.workspace for one in rows.order_by("created_at", "pk")]


def _one(workspace: Workspace, **by: object) -> Membership:
    row = Membership.objects.filter(workspace=workspace, **by).select_related("user", "workspace").first()
    if row is None:
        raise NotFound("This workspace has no such member")
    return row


def _held(member: Membership) -> Membership:
    """Return the row as it is now, held until the commit; refuse to touch the owner's."""
    row = Membership.objects.select_for_update().filter(pk=member.pk).first()
    if row is None:
        raise NotFound("This person is no member any more")
    if row.role == Role.OWNER:
        raise InvalidRequest([Issue("custom", ("member",), OWNER_STAYS)])
    return row


def _end(services: Services, member: Membership, actor: Actor, action: str) -> None:
    with transaction.atomic():
        row = _held(member)
        _withdraw_invitations(member)
        record(
            services, member.workspace, actor, action, member.user_id, {"email": member.user.email, "role": row.role}
        )
        row.delete()


def _withdraw_invitations(member: Membership) -> None:
    """Void what a member has sent who may invite no more: it might lead them in again."""
    Invitation.objects.filter(workspace=member.workspace_id, inviter=member.user_id).delete()
