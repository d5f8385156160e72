"""Another e-mail address for an account: asked for by its owner, confirmed by a link to the new one, told to both."""

from datetime import UTC, datetime, timedelta

import msgspec
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse

from pingpilot.accounts import email_undo
from pingpilot.accounts.journal import note
from pingpilot.accounts.sealed_links import SealedLink
from pingpilot.domain.errors import AccountExists, InvalidAccount, InvalidProof, Issue
from pingpilot.manage.addresses import normalized
from pingpilot.manage.services import Services
from pingpilot.manage.users import INVALID_ADDRESS
from pingpilot.observe import get_logger
from pingpilot.store.models import User

LINK_LASTS = timedelta(hours=24)
SAME = "This is your address already."
TOO_OFTEN = "That was often in a short time. Try again in an hour."
OVER = "This link is over: it was used, or the address or the password was changed, or a day has gone by"

_log = get_logger(__name__)


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a link confirms, and when it was asked for.

    It names the old address, too, so that it works once; and by ``mark`` the password, so that a new one voids it.
    """

    user: int
    old: str
    new: str
    at: float
    mark: str


LINK = SealedLink("account-email-confirm", Change, "change of e-mail address", OVER)


def ask(services: Services, request: HttpRequest, user: User, typed: str) -> bool:
    """Send a link to the new address and word to the old one, and return False.

    Where no mail can be sent, change it at once: True.

    Whether the address has an account already is told to its owner alone. Raises InvalidAccount, or AccountExists
    where no mail can be sent.
    """
    new = _checked(services, request, user, typed)
    change = Change(user.pk, user.email, new, services.now().timestamp(), mark_of(user))
    note(request, user, "email_change_asked")
    if not services.has_smtp:
        confirm(services, change, request)
        return True
    told = {"to_email": new, "reset_url": services.public_url + reverse("account_reset_password")}
    get_adapter().send_notification_mail("account/email/email_change_asked", user, told, email=user.email)
    template = "account/email/address_taken" if _is_taken(user, new) else "account/email/change_email"
    get_adapter().send_mail(template, new, {"link_url": LINK.to(services, change), "new": new})
    return False


def read(services: Services, token: str) -> Change:
    """Return the change that a link is about, if it may still be made; raise InvalidProof."""
    change = LINK.read(services, token)
    is_late = services.now() - datetime.fromtimestamp(change.at, UTC) > LINK_LASTS
    user = User.objects.filter(pk=change.user, email=change.old, is_active=True).first()
    if is_late or user is None or mark_of(user) != change.mark:
        raise InvalidProof(OVER)
    return change


def confirm(services: Services, change: Change, request: HttpRequest) -> None:
    """Make the change and tell both addresses; raise InvalidProof when it is over, AccountExists when it is taken."""
    try:
        with transaction.atomic():
            if not User.objects.filter(pk=change.user, email=change.old).update(email=change.new):
                raise InvalidProof(OVER)
            EmailAddress.objects.filter(user=change.user).delete()
            EmailAddress.objects.create(user_id=change.user, email=change.new, verified=True, primary=True)
            user = User.objects.get(pk=change.user)
            note(request, user, "email_changed")
    except IntegrityError as error:
        raise AccountExists from error
    _log.info("account.email_changed", user=change.user)
    if services.has_smtp:
        _tell_both(services, user, change)


def mark_of(user: User) -> str:
    """Return what is another once the password is, and tells nothing of it."""
    return user.get_session_auth_hash()[:16]


def _tell_both(services: Services, user: User, change: Change) -> None:
    """Tell the old address with a link that takes it back, and the new one."""
    undo = email_undo.Undo(change.user, change.old, change.new, change.at, services.now().timestamp())
    told = {"to_email": change.new, "undo_url": email_undo.LINK.to(services, undo)}
    get_adapter().send_notification_mail("account/email/email_changed", user, told, email=change.old)
    get_adapter().send_notification_mail("account/email/email_in_use", user, email=change.new)


def _checked(services: Services, request: HttpRequest, user: User, typed: str) -> str:
    new = (normalized(typed, allow_private=services.allow_private) or "").lower()
    sentence = "" if new else INVALID_ADDRESS
    if new == user.email:
        sentence = SAME
    elif new and not ratelimit.consume(request, action="change_email", user=user):
        sentence = TOO_OFTEN
    if sentence:
        raise InvalidAccount([Issue("invalid_string", ("email",), sentence)])
    return new


def _is_taken(user: User, email: str) -> bool:
    others = EmailAddress.objects.filter(email=email).exclude(user=user)
    return others.exists() or User.objects.filter(email=email).exclude(pk=user.pk).exists()
