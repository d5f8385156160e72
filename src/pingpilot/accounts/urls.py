"""The paths of accounts, under the names that allauth looks for."""

from collections.abc import Callable
from typing import Any

from allauth.account import views
from allauth.socialaccount import views as issuer
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic.base import RedirectView

from pingpilot.accounts import views as own
from pingpilot.accounts.audience import Audience, for_everybody, stating
from pingpilot.accounts.evenly import evenly
from pingpilot.accounts.recent import after_sign_in
from pingpilot.config.late import Late

_SETTINGS = "dashboard/account-settings"

# Of second steps, which are checked by large libraries
_SECOND_STEPS = Late("allauth.mfa.base.views")
_CODES = Late("allauth.mfa.recovery_codes.views")
_APPS = Late("allauth.mfa.totp.views")
_PASSKEYS = Late("allauth.mfa.webauthn.views")


def _later(views: Late, name: str) -> Callable[..., HttpResponseBase]:
    """Return a page of allauth's that is loaded when it is asked for."""

    def page(request: HttpRequest, **named: object) -> HttpResponseBase:
        answer: HttpResponseBase = getattr(views, name)(request, **named)
        return answer

    return page


def _guarded(view: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    """Guard a page of allauth's as ours are: for who has signed in, and lately; no browser keeps it."""
    return never_cache(login_required(after_sign_in(view)))


def _change(views: Late, name: str) -> Callable[..., HttpResponseBase]:
    """Return a page of the settings that is guarded, and loaded when it is asked for."""
    return _guarded(_later(views, name))


def _stated(address: URLPattern, view: Callable[..., HttpResponseBase]) -> URLPattern:
    """Give an address the view that states whom it is for."""
    address.callback = view
    return address


_to_settings = login_required(RedirectView.as_view(pattern_name="account-settings"))

_OPEN = [
    path("sign-up", evenly(views.signup), name="account_signup"),
    path("sign-in", views.login, name="account_login"),
    path("sign-in/code", _later(_SECOND_STEPS, "authenticate"), name="mfa_authenticate"),
    path("sign-in/passkey", _later(_PASSKEYS, "login_webauthn"), name="mfa_login_webauthn"),
    path("sign-in/with/<slug:provider_id>", own.to_issuer, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/callback", own.from_issuer, name="openid_connect_callback"),
    path("sign-in/cancelled", issuer.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/failed", issuer.login_error, name="socialaccount_login_error"),
    path("sign-up/address", evenly(issuer.signup), name="socialaccount_signup"),
    path("sign-out", views.logout, name="account_logout"),
    path("inactive", views.account_inactive, name="account_inactive"),
    path("forgot", evenly(views.password_reset), name="account_reset_password"),
    path("forgot/sent", views.password_reset_done, name="account_reset_password_done"),
    path("reset/done", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("verify-email", views.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^verify-email/(?P<key>[-:\w]+)$", views.confirm_email, name="account_confirm_email"),
]
_OWN = [
    path("reauthenticate", own.sign_in_again, name="account_reauthenticate"),
    path(f"{_SETTINGS}/password", never_cache(views.password_change), name="account_change_password"),
    path(f"{_SETTINGS}/password/set", _guarded(views.password_set), name="account_set_password"),
    path(f"{_SETTINGS}/two-factor", _to_settings, name="mfa_index"),
    path(f"{_SETTINGS}/two-factor/app", _change(_APPS, "activate_totp"), name="mfa_activate_totp"),
    path(f"{_SETTINGS}/two-factor/app/remove", _change(_APPS, "deactivate_totp"), name="mfa_deactivate_totp"),
    path(f"{_SETTINGS}/recovery-codes", _change(_CODES, "view_recovery_codes"), name="mfa_view_recovery_codes"),
    path(
        f"{_SETTINGS}/recovery-codes/new",
        _change(_CODES, "generate_recovery_codes"),
        name="mfa_generate_recovery_codes",
    ),
    path(
        f"{_SETTINGS}/recovery-codes/file",
        _change(_CODES, "download_recovery_codes"),
        name="mfa_download_recovery_codes",
    ),
    path(f"{_SETTINGS}/passkeys", _to_settings, name="mfa_list_webauthn"),
    path(f"{_SETTINGS}/passkeys/add", _change(_PASSKEYS, "add_webauthn"), name="mfa_add_webauthn"),
    path(f"{_SETTINGS}/passkeys/<int:pk>/rename", _change(_PASSKEYS, "edit_webauthn"), name="mfa_edit_webauthn"),
    path(f"{_SETTINGS}/passkeys/<int:pk>/remove", own.remove_passkey, name="mfa_remove_webauthn"),
    path(f"{_SETTINGS}/connections", _to_settings, name="socialaccount_connections"),
    path(f"{_SETTINGS}/connections/remove", own.disconnect, name="issuer-disconnect"),
]

urlpatterns = [
    *(_stated(one, for_everybody(one.callback)) for one in _OPEN),
    *(_stated(one, stating(login_required(one.callback), Audience.USERS)) for one in _OWN),
]
