"""The pages of accounts that are more than allauth's: showing again who one is, passkeys, the issuer and back."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.forms import ReauthenticateForm
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.utils import get_next_redirect_url
from allauth.core.ratelimit import consume_or_429
from allauth.mfa.base.internal.flows import post_authentication
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from pingpilot.accounts import issuer, journal
from pingpilot.accounts.acting import user_in
from pingpilot.accounts.recent import after_sign_in, signed_in_recently
from pingpilot.accounts.recent import sign_in_again as page_to_sign_in_again
from pingpilot.accounts.security import Security, issuer_label, security_of
from pingpilot.config.late import Late
from pingpilot.manage.services import current
from pingpilot.observe import get_logger
from pingpilot.store.models import User

LAST_WAY = "This is the only way into your account. Set a password first."

_issuer_views = Late("allauth.socialaccount.providers.openid_connect.views")
_passkeys = Late("allauth.mfa.webauthn.internal.auth")
_passkey_forms = Late("pingpilot.accounts.passkey_forms")
_passkey_views = Late("allauth.mfa.webauthn.views")
_log = get_logger(__name__)


@never_cache
@login_required
@sensitive_post_parameters("password")
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Ask a signed-in user for the password, a passkey or the issuer, whatever they have; then lead back."""
    user = _user_of(request)
    if refused := consume_or_429(request, action="reauthenticate", user=user):
        return refused
    security = security_of(user)
    form = _proof(request, user, security)
    if form is not None and form.is_valid():
        if isinstance(form, ReauthenticateForm):
            reauthenticate_by_password(request)
        else:
            post_authentication(request, form.cleaned_data["credential"], reauthenticated=True)
        return redirect(get_next_redirect_url(request) or "dashboard")
    return render(request, "account/reauthenticate.html", _ways(request, user, security, form))


@login_required
@after_sign_in
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask, and remove a passkey, unless nothing else opens the account."""
    security = security_of(_user_of(request))
    if not security.has_password and not security.is_connected and len(security.passkeys) == 1:
        messages.error(request, LAST_WAY)
        return redirect("account-settings")
    answer: HttpResponseBase = _passkey_views.remove_webauthn(request, pk=pk)
    return answer


@require_POST
def to_issuer(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Lead to the issuer by a page of ours: the answer to a form may not lead to another site itself."""
    if request.POST.get("process") == "connect" and not signed_in_recently(request, current().now()):
        return redirect(page_to_sign_in_again(reverse("account-settings")))
    answer = _with_issuer(request, _issuer_views.login, provider_id)
    if not isinstance(answer, HttpResponseRedirect) or not urlsplit(answer.url).netloc:
        return answer
    return render(request, "socialaccount/leaving.html", {"url": answer.url, "label": issuer_label()})


def from_issuer(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take back whom the issuer sends."""
    return _with_issuer(request, _issuer_views.callback, provider_id)


@login_required
@after_sign_in
@require_http_methods(["GET", "POST"])
def disconnect(request: HttpRequest) -> HttpResponse:
    """Ask, and let the issuer no longer open the account, if something else does."""
    user = _user_of(request)
    if not security_of(user).can_disconnect:
        messages.error(request, LAST_WAY)
        return redirect("account-settings")
    if request.method != "POST":
        return render(request, "socialaccount/disconnect.html", {"label": issuer_label()})
    issuer.disconnect(user)
    journal.note(request, user, "issuer_disconnected")
    messages.success(request, f"{issuer_label()} no longer opens your account.")
    return redirect("account-settings")


def _proof(request: HttpRequest, user: User, security: Security) -> forms.Form | None:
    """Return the form that was sent, or the one to show; None where there is neither password nor passkey."""
    if "credential" in request.POST:
        form: forms.Form = _passkey_forms.SignInAgainPasskeyForm(user=user, data=request.POST)
        return form
    if not security.has_password:
        return None
    return ReauthenticateForm(user=user, data=request.POST if request.method == "POST" else None)


def _ways(request: HttpRequest, user: User, security: Security, form: forms.Form | None) -> Mapping[str, Any]:
    next_url = get_next_redirect_url(request) or reverse("dashboard")
    query = urlencode({"auth_params": urlencode({"prompt": "login"})})
    is_passkey = form is not None and not isinstance(form, ReauthenticateForm)
    return {
        "form": ReauthenticateForm(user=user) if security.has_password and is_passkey else form,
        "passkey_errors": form.errors.get("credential") if form is not None and is_passkey else None,
        "has_password": security.has_password,
        "options": _passkeys.begin_authentication(user) if security.passkeys and security.can_have_passkeys else None,
        "issuer": issuer_label() if security.is_connected else "",
        "issuer_query": query,
        "next": next_url,
    }


def _with_issuer(request: HttpRequest, view: Callable[..., HttpResponseBase], provider_id: str) -> HttpResponseBase:
    """Call one of allauth's pages under our public name; an issuer that does not answer, or nonsense, is no crash."""
    request.META["HTTP_HOST"] = urlsplit(current().public_url).netloc
    try:
        return view(request, provider_id)
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:  # no answer, or anything as an answer
        _log.warning("issuer.failed", error=type(error).__name__)
        return render(request, "socialaccount/authentication_error.html", status=502)


def _user_of(request: HttpRequest) -> User:
    user = user_in(request)
    if user is None:
        raise TypeError("the page is for those who are signed in")
    return user
