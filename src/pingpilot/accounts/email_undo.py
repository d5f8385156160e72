"""Taking back another e-mail address, by a link to the old one: for whoever's account somebody else has taken over."""

from datetime import UTC, datetime, timedelta

import msgspec
from allauth.account.forms import ResetPasswordForm
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from pingpilot.accounts.acting import actor_of
from pingpilot.accounts.sealed_links import SealedLink
from pingpilot.domain.errors import AccountExists, InvalidProof
from pingpilot.manage import sessions
from pingpilot.manage.audit import record
from pingpilot.manage.services import Services
from pingpilot.store.models import AuditEntry, User

LASTS = timedelta(days=3)
"""How long the old address may take a change back: who has taken over an account has its password, too."""
OVER = "This link is over: it was used, or three days have gone by since the change"
_RESTORED, _SINCE = "user.email_restored", "since"


class Undo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link takes back: the change of an account to ``new``, asked for at ``since``, made at ``at``."""

    user: int
    old: str
    new: str
    since: float
    at: float


LINK = SealedLink("account-email-undo", Undo, "undoing a change of e-mail address", OVER)


def read(services: Services, token: str) -> Undo:
    """Return what a link takes back, if it still may; raise InvalidProof.

    A change that was made after one that was taken back is not taken back itself: it was the other one's.
    """
    undo = LINK.read(services, token)
    is_late = services.now() - datetime.fromtimestamp(undo.at, UTC) > LASTS
    if is_late or not User.objects.filter(pk=undo.user, is_active=True).exists() or _is_void(undo):
        raise InvalidProof(OVER)
    return undo


def restore(services: Services, request: HttpRequest, undo: Undo) -> None:
    """Give the account its old address again, and nothing that opened it since; mail a link to a new password.

    Raises InvalidProof when it was done meanwhile, AccountExists when the old address has another account by now.
    """
    since = datetime.fromtimestamp(undo.since, UTC)
    try:
        with transaction.atomic():
            user = User.objects.select_for_update().get(pk=undo.user)
            if _is_void(undo):
                raise InvalidProof(OVER)
            user.email = undo.old
            user.set_unusable_password()
            user.save(update_fields=["email", "password"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=undo.old, verified=True, primary=True)
            Authenticator.objects.filter(user=user, created_at__gte=since).delete()
            SocialAccount.objects.filter(user=user, date_joined__gte=since).delete()
            sessions.end_all(user)
            record(services, None, actor_of(request), _RESTORED, user.pk, {_SINCE: undo.since})
    except IntegrityError as error:
        raise AccountExists from error
    form = ResetPasswordForm({"email": undo.old})
    if form.is_valid():
        form.save(request)


def _is_void(undo: Undo) -> bool:
    restored = AuditEntry.objects.filter(workspace=None, target=str(undo.user), action=_RESTORED)
    return any(undo.since >= float(detail[_SINCE]) for detail in restored.values_list("detail", flat=True))
