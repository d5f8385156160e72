"""How an account is guarded: what its owner sees on the settings page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from pingpilot.accounts.settings import ISSUER_ID
from pingpilot.manage.services import current
from pingpilot.store.models import User


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey of a user."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Security:
    """Everything that opens an account. ``issuer`` is the label of the issuer, empty where there is none."""

    has_password: bool
    app_since: datetime | None
    recovery_codes_left: int
    passkeys: Sequence[Passkey]
    can_have_passkeys: bool
    issuer: str
    is_connected: bool

    @property
    def has_second_factor(self) -> bool:
        """Whether the password alone does not open the account."""
        return self.app_since is not None or bool(self.passkeys)

    @property
    def can_disconnect(self) -> bool:
        """Whether the account can be opened without the issuer."""
        return self.has_password or bool(self.passkeys)


def security_of(user: User) -> Security:
    """Return how an account is guarded."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    apps = [row for row in rows if row.type == Authenticator.Type.TOTP]
    codes = [row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES]
    return Security(
        has_password=user.has_usable_password(),
        app_since=apps[0].created_at if apps else None,
        recovery_codes_left=len(codes[0].wrap().get_unused_codes()) if codes else 0,
        passkeys=[
            Passkey(row.pk, row.wrap().name, row.created_at, row.last_used_at)
            for row in rows
            if row.type == Authenticator.Type.WEBAUTHN
        ],
        can_have_passkeys=can_have_passkeys(current().public_url),
        issuer=issuer_label(),
        is_connected=SocialAccount.objects.filter(user=user).exists(),
    )


def issuer_label() -> str:
    """Return what the issuer is called; empty where nobody signs in with one."""
    apps = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    return next((str(app["name"]) for app in apps if app["provider_id"] == ISSUER_ID), "")


def can_have_passkeys(public_url: str) -> bool:
    """Tell whether browsers do passkeys here: over https, or on this machine by its name, and never by a number.

    Source: WebAuthn level 3, section 5.1.3; the secure contexts of browsers.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    is_number = ":" in host or host.replace(".", "").isdigit()
    return not is_number and (parts.scheme == "https" or host == "localhost" or host.endswith(".localhost"))
