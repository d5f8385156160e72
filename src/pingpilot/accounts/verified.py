"""Addresses that somebody vouches for."""

from allauth.account.models import EmailAddress

from pingpilot.store.models import User


def vouch_for(user: User) -> None:
    """Count a user's address as verified without a mail, on the word of the operator. Idempotent."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}, create_defaults=None
    )
