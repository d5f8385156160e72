"""The forms by which passkeys come in: allauth's, which check them, with what it leaves open.

Loaded when the first passkey comes: what it takes to check one is large.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms

from pingpilot.manage.services import current

_DEFAULT_PORTS = {"http": 80, "https": 443}

_Checked = TypeVar("_Checked")


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
