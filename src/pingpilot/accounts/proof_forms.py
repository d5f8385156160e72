"""The forms by which codes and passkeys come in: allauth's, which check them, with what it leaves open."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.cache import cache

from pingpilot.accounts.settings import CODE_PERIOD, CODE_TOLERANCE
from pingpilot.manage.services import current
from pingpilot.store.models import User

_CODE_LIVES_S = int(CODE_PERIOD.total_seconds()) * (2 * CODE_TOLERANCE + 1)
"""How long one code of an app is taken: in its own time step, and in those by which a clock may be wrong."""
_DEFAULT_PORTS = {"http": 80, "https": 443}

_Checked = TypeVar("_Checked")


class CodeForm(AuthenticateForm):
    """A code of the app, or a recovery code. Each works once."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """Refuse a code that was used already."""
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            _use(self.user, code)
        return code


class SetUpAppForm(ActivateTOTPForm):
    """The first code of an app."""

    def clean_code(self) -> str:
        """Use the code up: it signs nobody in any more."""
        code: str = super().clean_code()
        _use(self.user, code)
        return code


class SecondFactorPasskeyForm(AuthenticateWebAuthnForm):
    """A passkey after the password."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey that answered."""
        return _checked(self.cleaned_data["credential"], super().clean_credential)


class SignInPasskeyForm(LoginWebAuthnForm):
    """A passkey in place of the password."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey that answered."""
        return _checked(self.cleaned_data["credential"], super().clean_credential)


class SignInAgainPasskeyForm(ReauthenticateWebAuthnForm):
    """A passkey of somebody who is signed in."""

    def clean_credential(self) -> Authenticator:
        """Return the passkey that answered."""
        return _checked(self.cleaned_data["credential"], super().clean_credential)


class AddPasskeyForm(AddWebAuthnForm):
    """A new passkey and its name."""

    name = forms.CharField(label="Name", required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        """Refuse what was made elsewhere, or is no passkey."""
        return _checked(self.cleaned_data.get("credential"), super().clean)


def can_have_passkeys(public_url: str) -> bool:
    """Tell whether browsers do passkeys here: over https, or on this machine by its name, and never by a number.

    Source: WebAuthn level 3, section 5.1.3; the secure contexts of browsers.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    is_number = ":" in host or host.replace(".", "").isdigit()
    return not is_number and (parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"))


def _use(user: User, code: str) -> None:
    """Use a code of an app up, and refuse it the second time.

    allauth remembers it for one time step, and takes it in three. Source: RFC 6238 section 5.2.
    """
    used = f"pingpilot.code:{user.pk}:{''.join(filter(str.isdigit, code))}"
    if not cache.add(used, value=True, timeout=_CODE_LIVES_S):
        raise get_adapter().validation_error("incorrect_code")


def _checked(credential: object, check: Callable[[], _Checked]) -> _Checked:
    """Check what a browser says it got from a passkey: made here, and found right by allauth."""
    if not _is_from_here(credential):
        raise get_adapter().validation_error("incorrect_passkey")
    try:
        return check()
    except (forms.ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:  # anything may come
        raise get_adapter().validation_error("incorrect_passkey") from error


def _is_from_here(credential: object) -> bool:
    """Tell whether it was made on a page of ours: the library would take any port, and pages on subdomains."""
    try:
        client = json.loads(urlsafe_b64decode(_part(_part(credential, "response"), "clientDataJSON") + "=="))
    except (KeyError, TypeError, ValueError):
        return False
    return isinstance(client, dict) and client.get("origin") == _origin(current().public_url)


def _part(whole: Any, name: str) -> Any:  # noqa: ANN401 - JSON of a stranger
    if not isinstance(whole, Mapping):
        raise TypeError("not an object")
    return whole[name]


def _origin(url: str) -> str:
    """Return the origin of an address as browsers write it."""
    parts = urlsplit(url.lower())
    has_port = parts.port is not None and parts.port != _DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if has_port else ''}"
