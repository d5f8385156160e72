"""Accounts, and their browsers."""

import re
from typing import Any, cast

from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from pingpilot.accounts.verified import vouch_for
from pingpilot.manage import users, workspaces
from pingpilot.manage.services import Services
from pingpilot.store.models import User
from tests.planted import plant

PASSWORD = plant("correct horse battery")
EMAIL = "ada@example.com"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def make_account(services: Services, email: str = EMAIL, password: str | None = PASSWORD) -> User:
    """Return a user with a workspace, whose address is verified."""
    user = users.create(services, email, password)
    workspaces.create(services, user)
    vouch_for(user)
    return user


def make_browser(address: str = "203.0.113.77", **headers: str) -> Client:
    """Return a browser on a network of its own."""
    return Client(REMOTE_ADDR=address, headers=headers)


def sign_in(browser: Client, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Any:
    """Send the form of the sign-in page."""
    return browser.post("/sign-in", {"login": email, "password": password, **more})


def is_in(browser: Client) -> bool:
    """Tell whether somebody is signed in."""
    return "_auth_user_id" in browser.session


def text_of(response: object) -> str:
    """Return the body of an answer."""
    return cast("HttpResponse", response).content.decode()


def link_in(number: int, path: str) -> str:
    """Return the path of the link that a mail holds."""
    found = re.search(rf"https://pings\.example({path}\S*)", str(mail.outbox[number].body))
    assert found, mail.outbox[number].body
    return found[1]


def is_verified(email: str) -> bool:
    return EmailAddress.objects.filter(email=email, verified=True).exists()
