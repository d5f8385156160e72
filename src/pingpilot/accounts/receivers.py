"""What follows from something that happened to an account."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_confirmed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.core import ratelimit
from allauth.mfa.signals import authentication_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from pingpilot.accounts.known_browsers import remember
from pingpilot.accounts.session_store import digest_of
from pingpilot.manage import destinations, members, services, sessions
from pingpilot.store.models import User


@receiver(email_confirmed, dispatch_uid="first destination")
def add_first_destination(email_address: EmailAddress, **_: object) -> None:
    """Make an address that was verified by a mail to it the first destination of its owner's own workspace."""
    for workspace in members.owned_by(email_address.user)[:1]:
        destinations.add_account_address(services.current(), workspace, email_address.user)


@receiver(user_logged_in, dispatch_uid="known browser")
def remember_browser(request: HttpRequest, user: User, response: HttpResponse | None = None, **_: object) -> None:
    """Let a browser show from now on that its owner has signed in there."""
    if response is not None:
        remember(request, response, user.email)


@receiver([password_changed, password_set], dispatch_uid="other sessions")
def end_other_sessions(request: HttpRequest, user: User, **_: object) -> None:
    """Sign a user out everywhere else once the password is another."""
    sessions.end_all(user, except_for=digest_of(request.session.session_key))


@receiver(password_reset, dispatch_uid="all sessions")
def end_all_sessions(user: User, **_: object) -> None:
    """Sign a user out everywhere once the password was reset: somebody else may have known it."""
    sessions.end_all(user)


@receiver(authentication_failed, dispatch_uid="wrong code")
def tell_of_wrong_codes(request: HttpRequest, user: User, **_: object) -> None:
    """Tell a user that somebody has the password but not the code: not of a slip, but from the fourth time on."""
    is_slip = ratelimit.consume(request, action="wrong_code", user=user)
    if not is_slip and ratelimit.consume(request, action="wrong_code_mail", user=user):
        get_adapter().send_notification_mail("mfa/email/code_failed", user)
