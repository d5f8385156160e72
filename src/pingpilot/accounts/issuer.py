"""Sign-in by an OpenID Connect issuer: whom it lets in, and to which account."""

from datetime import UTC, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.core.exceptions import PermissionDenied
from django.forms.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse

from pingpilot.accounts.enrolment import enrol
from pingpilot.accounts.recent import AUTHENTICATED_AT
from pingpilot.domain.errors import NotFound
from pingpilot.domain.names import tidied
from pingpilot.manage import destinations, members
from pingpilot.manage.services import current
from pingpilot.observe import get_logger
from pingpilot.store.models import User

NAME_MAX_CHARS = 100

_log = get_logger(__name__)


class IssuerAdapter(DefaultSocialAccountAdapter):
    """Makes accounts as sign-up does, and opens existing ones only where their address is proven twice."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Note when the issuer looked at who it is: that counts, not when it told us.

        Raises PermissionDenied when its two answers are about two people. Source: OpenID Connect Core, section 5.3.2.
        """
        claims = sociallogin.account.extra_data.get("id_token") or {}
        told = sociallogin.account.extra_data.get("userinfo") or claims
        if claims and claims.get("sub") != told.get("sub"):
            raise PermissionDenied
        at = claims.get("auth_time")
        if isinstance(at, int | float):
            setattr(request, AUTHENTICATED_AT, datetime.fromtimestamp(at, UTC))

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[Any, str] | None:
        """Return the account of an address that the issuer calls verified and a mail of ours has verified, too.

        Whoever made an account here under an address that is not theirs would share it with its owner otherwise.
        Without SMTP no address here is proven; such accounts are connected on their settings page.
        """
        found = super().authenticate_by_email(sociallogin) if current().has_smtp else None
        if found is None or not isinstance(found[0], User):
            return None
        user, email = found[0], str(found[1])
        return (user, email) if EmailAddress.objects.filter(user=user, email=email, verified=True).exists() else None

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Take address and name as the issuer has them; some write ``email_verified`` as text."""
        for address in sociallogin.email_addresses:
            address.verified = str(address.verified).lower() == "true"
        user: User = super().populate_user(request, sociallogin, data)
        user.name = tidied(str(data.get("name") or ""))[:NAME_MAX_CHARS]
        return user

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None) -> User:
        """Save a new user together with a workspace and its key; a verified address is its first destination."""
        user = sociallogin.user
        if not isinstance(user, User):
            raise TypeError("sign-up makes users of our own kind")
        if form is not None:
            user.email = form.cleaned_data["email"].lower()
        user.set_unusable_password()
        enrol(request, user)
        sociallogin.save(request)
        if EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists():
            for workspace in members.owned_by(user)[:1]:
                destinations.add_account_address(current(), workspace, user)
        return user

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:  # noqa: ARG002 - allauth's signature
        """Lead back to the settings."""
        return reverse("account-settings")

    def on_authentication_error(
        self,
        request: HttpRequest,  # noqa: ARG002 - allauth's signature
        provider: object,  # noqa: ARG002 - as above
        error: object = None,
        exception: object = None,
        extra_context: object = None,  # noqa: ARG002 - as above
    ) -> None:
        """Log what kind of thing went wrong, without what the issuer said: that may hold tokens."""
        _log.warning("issuer.failed", error=type(exception).__name__, code=str(error))


def disconnect(user: User) -> None:
    """Let the issuer no longer open an account; raise NotFound when it did not."""
    if not SocialAccount.objects.filter(user=user).delete()[0]:
        raise NotFound("This account is not connected")
