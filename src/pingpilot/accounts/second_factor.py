"""Authenticator apps, recovery codes and passkeys, as allauth is to handle them here."""

from base64 import b64decode, b64encode
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser

from pingpilot.manage.services import current
from pingpilot.store.models import User

CONTEXT = "authenticator"
"""What the secrets of second factors are sealed for."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Seals what an authenticator must not lose, and speaks for the instance under its public name."""

    error_messages = {  # noqa: RUF012 - allauth's class attribute
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right. Enter the one that your app shows now.",
        "incorrect_passkey": "This passkey did not work. Try again, or another one.",
    }

    def encrypt(self, text: str) -> str:
        """Seal the secret of an app, or the seed of recovery codes, before it is stored."""
        return b64encode(current().box.seal(text.encode(), CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open what was sealed."""
        return current().box.unseal(b64decode(encrypted_text), CONTEXT).decode()

    def get_totp_issuer(self) -> str:
        """Return the name that authenticator apps show, unlike that of another instance."""
        return f"PingPilot ({urlsplit(current().public_url).netloc})"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return whom passkeys are for: the host of the public URL, whatever the Host header says."""
        return {"id": urlsplit(current().public_url).hostname or "", "name": "PingPilot"}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, object]:
        """Return the account as the browser's list of passkeys shows it."""
        entity: dict[str, object] = super().get_public_key_credential_user_entity(user)
        return {**entity, "display_name": user.display_name} if isinstance(user, User) else entity

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        """Return a name for a passkey that was given none."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"


def guarded() -> set[int]:
    """Return the users whose password alone does not open their account."""
    rows = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(rows.values_list("user_id", flat=True))


def remove_all(user: User) -> int:
    """Remove everything but the password that a user signs in with here; return how many there were."""
    return Authenticator.objects.filter(user=user).delete()[0]
