"""Whether a user has shown lately who they are: asked before anything sensitive, and answered in this one place."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.signals import authentication_step_completed
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from pingpilot.accounts.settings import RECENT_SIGN_IN
from pingpilot.manage import services

AUTHENTICATED_AT = "_pingpilot_authenticated_at"
"""Set on a request whose user was authenticated elsewhere, earlier: by an issuer, which says when."""
_PROVEN_AT = "pingpilot.proven_at"

_Rest = ParamSpec("_Rest")
_View = Callable[Concatenate[HttpRequest, _Rest], HttpResponseBase]


def signed_in_recently(request: HttpRequest, now: datetime) -> bool:
    """Tell whether the last sign-in, or the last password or passkey given since, is at most 10 minutes old.

    Each session has its own: another device's sign-in does not open this one. The clocks of two servers may differ.
    """
    at = request.session.get(_PROVEN_AT)
    return isinstance(at, int | float) and abs(now - datetime.fromtimestamp(at, UTC)) <= RECENT_SIGN_IN


def sign_in_again(back_to: str) -> str:
    """Return the address of the page that asks who it is, and then leads back."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back_to})}"


def after_sign_in(view: _View[_Rest]) -> _View[_Rest]:
    """Let a page be opened only by who has signed in lately; others show who they are, and come back to it."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated and not signed_in_recently(request, services.current().now()):
            return redirect(sign_in_again(request.get_full_path()))
        return view(request, *args, **kwargs)

    return guarded


@receiver(user_logged_in, dispatch_uid="signed in at")
def note_sign_in(request: HttpRequest | None, **_: object) -> None:
    """Note the time of a sign-in in its session; an issuer may have looked at who it is long before."""
    if request is not None:
        now = services.current().now()
        request.session[_PROVEN_AT] = min(now, getattr(request, AUTHENTICATED_AT, now)).timestamp()


@receiver(authentication_step_completed, dispatch_uid="shown again at")
def note_proof(request: HttpRequest, *, reauthenticated: bool = False, **_: object) -> None:
    """Note that a signed-in user has shown again who they are."""
    if reauthenticated:
        request.session[_PROVEN_AT] = services.current().now().timestamp()
