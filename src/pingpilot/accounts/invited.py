"""People who come by an invitation: the mail with its link, and what the link opens to who has no account yet."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import user_signed_up
from django.dispatch import receiver
from django.http import HttpRequest

from pingpilot.domain.errors import InvalidProof
from pingpilot.manage import destinations, invitations, members
from pingpilot.manage.invitations import Invited
from pingpilot.manage.services import current
from pingpilot.store.models import Invitation, User

_TOKEN = "pingpilot.invitation"  # noqa: S105 - where the session keeps what the link held
_MAIL = "account/email/invitation"


def send(invited: Invited) -> bool:
    """Mail the link; False where no mail can be sent, and whoever invites has to hand it over."""
    row = invited.invitation
    if not row.is_mailed:
        return False
    inviter = row.inviter.email if row.inviter else ""
    context = {"link_url": invited.link, "workspace": row.workspace.name, "role": row.role, "inviter": inviter}
    get_adapter().send_mail(_MAIL, row.email, context)
    return True


def note(request: HttpRequest, token: str) -> None:
    """Remember a visitor's invitation through sign-up."""
    request.session[_TOKEN] = token


def forget(request: HttpRequest) -> None:
    """Forget the invitation: it is before its reader's eyes, or over."""
    request.session.pop(_TOKEN, None)


def opens_sign_up(request: HttpRequest) -> bool:
    """Tell whether a visitor may make an account because of an invitation."""
    return current().sign_up != "closed" and _noted(request) is not None


def proves(request: HttpRequest, email: str) -> bool:
    """Tell whether a visitor holds the mailbox of an address: its link went there, and nowhere else."""
    invitation = _noted(request)
    return invitation is not None and invitation.is_mailed and invitation.email == email.lower()


def _noted(request: HttpRequest) -> Invitation | None:
    """Return the invitation that a visitor came by, while it is open."""
    try:
        return invitations.look(current(), str(request.session.get(_TOKEN, "")))
    except InvalidProof:
        return None


@receiver(user_signed_up, dispatch_uid="first destination of who was invited")
def add_first_destination(user: User, **_: object) -> None:
    """Make an address that came verified the first destination of its owner's workspace."""
    if EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
        for workspace in members.owned_by(user)[:1]:
            destinations.add_account_address(current(), workspace, user)
