"""What happens to accounts, on record: who signed in and how, who failed to, and every change of what guards one."""

from collections.abc import Mapping
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import password_changed, password_reset, password_set, user_signed_up
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.signals import social_account_added
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import Signal, receiver
from django.http import HttpRequest

from pingpilot.accounts.acting import actor_of
from pingpilot.manage import users
from pingpilot.manage.audit import record
from pingpilot.manage.services import current
from pingpilot.store.models import User

_WAYS = {"totp": "a code", "recovery_codes": "a recovery code", "webauthn": "a passkey", "socialaccount": "the issuer"}
_NOUNS = {
    Authenticator.Type.TOTP: "app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "codes",
}
_PASSWORDS: Mapping[Signal, str] = {
    password_changed: "user.password_changed",
    password_set: "user.password_set",
    password_reset: "user.password_reset",
}
_PROOFS: Mapping[Signal, str] = {
    authenticator_added: "added",
    authenticator_removed: "removed",
    authenticator_reset: "renewed",
}


def note(request: HttpRequest, user: User, action: str, **detail: object) -> None:
    """Record what a user did about their own account."""
    record(current(), None, actor_of(request, user), f"user.{action}", user.pk, detail)


@receiver(user_signed_up, dispatch_uid="journal: sign-up")
def note_sign_up(request: HttpRequest, user: User, **_: object) -> None:
    """Record a new account."""
    note(request, user, "created")


@receiver(user_logged_in, dispatch_uid="journal: sign-in")
def note_sign_in(request: HttpRequest | None, user: User, **_: object) -> None:
    """Record a sign-in, and by what."""
    if request is not None:
        note(request, user, "signed_in", by=_ways_in(request, user))


@receiver(user_login_failed, dispatch_uid="journal: failure")
def note_failure(credentials: Mapping[str, Any], request: HttpRequest | None = None, **_: object) -> None:
    """Record a wrong password, whether there is such an account or not: the time that it takes must not tell.

    What may be recorded in an hour is bounded, so that strangers do not fill the disk.
    """
    email = str(credentials.get("email", ""))
    if request is None or not ratelimit.consume(request, action="failure_noted", key="all"):
        return
    user = users.find(email)
    record(current(), None, actor_of(request), "user.sign_in_failed", user.pk if user else "")


@receiver(authentication_failed, dispatch_uid="journal: wrong code")
def note_wrong_code(request: HttpRequest, user: User, **_: object) -> None:
    """Record a wrong code by somebody who has the password."""
    record(current(), None, actor_of(request), "user.second_step_failed", user.pk)


@receiver(list(_PASSWORDS), dispatch_uid="journal: password")
def note_password(request: HttpRequest, user: User, signal: Signal, **_: object) -> None:
    """Record a new password."""
    record(current(), None, actor_of(request, user), _PASSWORDS[signal], user.pk)


@receiver(list(_PROOFS), dispatch_uid="journal: proof")
def note_proof(request: HttpRequest, user: User, authenticator: Authenticator, signal: Signal, **_: object) -> None:
    """Record that an app, a passkey or recovery codes came, went, or were made anew."""
    note(request, user, f"{_NOUNS[Authenticator.Type(authenticator.type)]}_{_PROOFS[signal]}")


@receiver(social_account_added, dispatch_uid="journal: issuer")
def note_issuer(request: HttpRequest, sociallogin: Any, **_: object) -> None:  # noqa: ANN401 - allauth's
    """Record that an issuer opens an account from now on."""
    note(request, sociallogin.user, "issuer_connected")


def _ways_in(request: HttpRequest, user: User) -> str:
    ways = [str(one.get("type") or one["method"]) for one in get_authentication_records(request, user)]
    return " and ".join(dict.fromkeys(_WAYS.get(way, f"the {way}") for way in ways)) or "a link"
