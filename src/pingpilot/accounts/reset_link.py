"""A link to a new password, made by the operator for somebody whom no mail of this instance reaches."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from pingpilot.accounts.settings import RESET_LINK_LASTS
from pingpilot.manage.services import Services
from pingpilot.store.models import User

LASTS = RESET_LINK_LASTS


def reset_link(services: Services, user: User) -> str:
    """Return the same link that a mail would hold: it works once, for an hour."""
    kept = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return services.public_url + reverse("account_reset_password_from_key", kwargs=kept)
