"""Whether a viewer has signed in, or shown their password, lately enough to see a secret."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse

from pingpilot.manage import services

RECENT = timedelta(minutes=10)
"""Source: SPEC section 3."""
_SIGNED_IN = "pingpilot.signed_in_at"
_PASSWORD_GIVEN = "account_authentication_methods"  # noqa: S105 - the name of a session entry
"""Where allauth notes each password given, ``at`` in seconds; a sign-up is not among them. Source: django-allauth."""


@receiver(user_logged_in, dispatch_uid="signed in at")
def note_sign_in(request: HttpRequest | None, **_: object) -> None:
    """Note the time of a sign-in in its session: another device's sign-in must not open this one."""
    if request is not None:
        request.session[_SIGNED_IN] = services.current().now().timestamp()


def signed_in_recently(request: HttpRequest, now: datetime) -> bool:
    """Tell whether the last sign-in, or the last password given since, is at most 10 minutes old."""
    return any(now - datetime.fromtimestamp(at, UTC) <= RECENT for at in _times(request))


def sign_in_again(back_to: str) -> str:
    """Return the address of the page that asks for the password and then leads back."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back_to})}"


def _times(request: HttpRequest) -> Iterator[float]:
    noted = [{"at": request.session.get(_SIGNED_IN)}, *(request.session.get(_PASSWORD_GIVEN) or ())]
    for note in noted:
        if isinstance(at := note.get("at"), int | float):
            yield at
