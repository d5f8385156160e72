"""The forms by which codes come in: allauth's, which check them, with what it leaves open."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache

from pingpilot.accounts.settings import CODE_PERIOD, CODE_TOLERANCE
from pingpilot.store.models import User

_CODE_LIVES_S = int(CODE_PERIOD.total_seconds()) * (2 * CODE_TOLERANCE + 1)
"""How long one code of an app is taken: in its own time step, and in those by which a clock may be wrong."""


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


def _use(user: User, code: str) -> None:
    """Use a code of an app up, and refuse it the second time.

    allauth remembers it for one time step, and takes it in three. Source: RFC 6238 section 5.2.
    """
    used = f"pingpilot.code:{user.pk}:{''.join(filter(str.isdigit, code))}"
    if not cache.add(used, value=True, timeout=_CODE_LIVES_S):
        raise get_adapter().validation_error("incorrect_code")
