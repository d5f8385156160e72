"""Invitations to a workspace: sent by mail or handed over as a link, accepted once, withdrawn."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction

from pingpilot.domain.errors import InvalidProof, InvalidRequest, Issue, NotFound
from pingpilot.domain.role import GIVEN, Role
from pingpilot.manage import members
from pingpilot.manage.addresses import normalized
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.manage.users import INVALID_ADDRESS
from pingpilot.store.models import AuditEntry, Invitation, Membership, User, Workspace

VALID_FOR = timedelta(days=7)
AGAIN_AFTER = timedelta(minutes=1)
"""A stranger's mailbox must not be filled by asking for mail after mail."""
A_DAY_MAX = 50
"""Invitations that leave a workspace within a day, whatever became of them."""
KEPT_FOR = timedelta(days=30)
"""How long one that has expired is shown, to be sent again."""
TOKEN_BYTES = 32
JOIN_PATH = "/join/"

OVER = "This invitation was used, withdrawn or replaced by a newer one, or its 7 days are over. Ask for a new one"
_SENT, _RESENT = "invitation.sent", "invitation.resent"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and its link, which is known only now."""

    invitation: Invitation
    link: str = field(repr=False)


def pending(workspace: Workspace) -> list[Invitation]:
    """Return the invitations that are open or have expired lately, the latest first."""
    rows = Invitation.objects.filter(workspace=workspace).select_related("inviter")
    return list(rows.order_by("-sent_at", "-pk"))


def find(workspace: Workspace, invitation_id: int) -> Invitation:
    """Return an invitation of the workspace; raise NotFound."""
    return _one(workspace, pk=invitation_id)


def find_by_address(workspace: Workspace, email: str) -> Invitation:
    """Return the invitation of an e-mail address; raise NotFound."""
    return _one(workspace, email=email.strip().lower())


def invite(services: Services, workspace: Workspace, email: str, role: Role, actor: Actor) -> Invited:
    """Invite an address; one that is invited already gets another link and role, and the link before is void.

    Whether the address has an account plays no part. Raises InvalidRequest with one issue per field.
    """
    address = (normalized(email, allow_private=services.allow_private) or "").lower()
    issues = [] if address else [Issue("invalid_string", ("email",), INVALID_ADDRESS)]
    issues += [] if role in GIVEN else [Issue("invalid_enum_value", ("role",), members.UNKNOWN_ROLE)]
    if issues:
        raise InvalidRequest(issues)
    with transaction.atomic():
        held = Workspace.objects.select_for_update().get(pk=workspace.pk)
        if Membership.objects.filter(workspace=held, user__email=address).exists():
            raise _refused("This person is a member already")
        _forget_old(services, held)
        known = Invitation.objects.filter(workspace=held, email=address).first()
        if known is not None:
            _refuse_at_once(services, known)
        row = known or Invitation(workspace=held, email=address, created_at=services.now())
        row.role, row.inviter = role, actor.user
        return _sent(services, row, actor, _SENT)


def resend(services: Services, invitation: Invitation, actor: Actor) -> Invited:
    """Make another link, valid for 7 days from now; the one before is void. Raises InvalidRequest, NotFound."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=invitation.workspace_id)
        row = find(invitation.workspace, invitation.pk)
        _refuse_at_once(services, row)
        return _sent(services, row, actor, _RESENT)


def withdraw(services: Services, invitation: Invitation, actor: Actor) -> None:
    """Make the link void; raise NotFound when it was used meanwhile."""
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk).delete()[0]:
            raise NotFound("This invitation was used or withdrawn meanwhile")
        detail = {"email": invitation.email}
        record(services, invitation.workspace, actor, "invitation.withdrawn", invitation.pk, detail)


def look(services: Services, token: str) -> Invitation:
    """Return the invitation that a link holds, with its workspace and inviter; raise InvalidProof when it is over."""
    rows = Invitation.objects.filter(digest=_digest(token), expires_at__gt=services.now())
    row = rows.select_related("workspace", "inviter").first()
    if row is None:
        raise InvalidProof(OVER)
    return row


def accept(services: Services, token: str, user: User, actor: Actor) -> Membership:
    """Make a user a member by a link, which is used up then; for who is a member already nothing happens.

    Raises InvalidProof when it is over.
    """
    with transaction.atomic():
        invitation = look(services, token)
        Workspace.objects.select_for_update().get(pk=invitation.workspace_id)  # nobody deletes it meanwhile
        known = Membership.objects.filter(workspace=invitation.workspace, user=user).first()
        if known is not None:
            return known
        if not Invitation.objects.filter(pk=invitation.pk, digest=_digest(token)).delete()[0]:
            raise InvalidProof(OVER)
        detail = {"invited": invitation.email, "email": user.email, "role": invitation.role}
        record(services, invitation.workspace, actor, "invitation.accepted", invitation.pk, detail)
        return members.join(services, invitation.workspace, user, Role(invitation.role))


def _sent(services: Services, row: Invitation, actor: Actor, action: str) -> Invited:
    """Give an invitation a new link. Its workspace is held, so that two requests at once count one another.

    Where mail can be sent, the caller sends the link and shows it to nobody.
    """
    now = services.now()
    sent = AuditEntry.objects.filter(workspace=row.workspace_id, action__in=(_SENT, _RESENT))
    if sent.filter(at__gt=now - timedelta(days=1)).count() >= A_DAY_MAX:
        raise _refused(f"{A_DAY_MAX} invitations were sent within a day, as many as may be. Try again tomorrow")
    token = base64.urlsafe_b64encode(services.entropy(TOKEN_BYTES)).decode().rstrip("=")
    row.digest, row.sent_at, row.expires_at = _digest(token), now, now + VALID_FOR
    row.is_mailed = services.has_smtp
    row.save()
    record(services, row.workspace, actor, action, row.pk, {"email": row.email, "role": row.role})
    return Invited(row, f"{services.public_url}{JOIN_PATH}{token}")


def _refuse_at_once(services: Services, invitation: Invitation) -> None:
    if services.now() < invitation.sent_at + AGAIN_AFTER:
        raise _refused("An invitation was sent a moment ago. Look in the spam folder too, or send again in a minute")


def _one(workspace: Workspace, **by: object) -> Invitation:
    row = Invitation.objects.filter(workspace=workspace, **by).select_related("workspace").first()
    if row is None:
        raise NotFound("This workspace has no such invitation")
    return row


def _forget_old(services: Services, workspace: Workspace) -> None:
    Invitation.objects.filter(workspace=workspace, expires_at__lt=services.now() - KEPT_FOR).delete()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _refused(sentence: str) -> InvalidRequest:
    return InvalidRequest([Issue("custom", ("email",), sentence)])
