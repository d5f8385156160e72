"""How allauth makes accounts here, how often it lets passwords be tried, and what it may put into mails."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.forms.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from pingpilot.accounts import guessing, invited
from pingpilot.accounts.enrolment import enrol
from pingpilot.accounts.recent import signed_in_recently
from pingpilot.manage import users
from pingpilot.manage.addresses import normalized
from pingpilot.manage.services import current
from pingpilot.observe import get_logger
from pingpilot.store.models import User

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """The instance as mails speak of it."""

    name: str
    domain: str


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up makes a user, a workspace and its primary key, or nothing at all."""

    error_messages = {  # noqa: RUF012 - allauth's class attribute
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "The address or the password is not correct. Check both, or choose a new one.",
        "too_many_login_attempts": "Too many failed tries. Wait a few minutes, or choose a new password by e-mail.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether a stranger may make an account: by the operator's choice, or by an invitation."""
        return users.may_sign_up(current()) or invited.opens_sign_up(request)

    def clean_email(self, email: str) -> str:
        """Refuse what is no deliverable address."""
        address = normalized(email, allow_private=current().allow_private)
        if address is None:
            raise forms.ValidationError(users.INVALID_ADDRESS)
        return address.lower()

    def is_email_verified(self, request: HttpRequest, email: str) -> bool:
        """Count every address as verified where no mail can be sent, and one that a mailed invitation went to."""
        return not current().has_smtp or invited.proves(request, email)

    def pre_authenticate(self, request: HttpRequest, **credentials: object) -> None:
        """Count a try at a password; allauth takes it back when the password is right."""
        self._login_failed_rl_usage = guessing.begin(request, str(credentials.get("email", "")))
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: object) -> None:
        """Forgive failures: called by allauth for each address of who has just chosen a new password by mail."""
        guessing.forgive(request, str(credentials.get("email", "")))

    def is_reauthentication_required(self, *, app: str, **_: object) -> bool:  # noqa: ARG002 - allauth's signature
        """Ask everywhere by the one rule of ``recent``."""
        return not signed_in_recently(self.request, current().now())

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, str]]:
        """Return the one page that takes whatever a user has."""
        page = {"id": "reauthenticate", "description": "", "url": reverse("account_reauthenticate")}
        return [page] if user.is_authenticated else []

    def is_safe_url(self, url: str) -> bool:
        """Lead on to paths of our own only, whatever the Host header says."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Lead back to the settings."""
        return reverse("account-settings")

    def save_user(self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True) -> User:
        """Save a new user together with a workspace and its key."""
        if not isinstance(user, User):
            raise TypeError("sign-up makes users of our own kind")
        user.email = form.cleaned_data["email"].lower()
        user.set_password(form.cleaned_data.get("password1"))
        return enrol(request, user) if commit else user

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """Send the link, unless one was sent a moment ago, which still works: a mailbox must not be flooded."""
        if ratelimit.consume(self.request, action="reset_mail", key=email.lower()):
            super().send_password_reset_mail(user, email, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of allauth's mails; a mail server that does not answer must not break the page.

        Links are put on the public URL: the Host header of the request is whatever its sender likes.
        """
        public_url = current().public_url
        own = {name: _moved(value, public_url) if name.endswith("_url") else value for name, value in context.items()}
        own["current_site"] = Site("PingPilot", urlsplit(public_url).netloc)
        try:
            self.render_mail(template_prefix, email, {"email": email, **own}).send()
        except OSError as error:  # smtplib's errors are OSErrors
            _log.error("mail.failed", template=template_prefix, error=type(error).__name__)


def _moved(link: object, public_url: str) -> str:
    """Return a link's path and query on the public URL."""
    parts = urlsplit(str(link))
    return public_url + urlunsplit(("", "", parts.path, parts.query, ""))
