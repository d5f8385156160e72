"""Browsers that an account was signed in to before, told by a signed cookie: failures elsewhere shut none of them out.

Source: OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from pingpilot.manage import services

LASTS = timedelta(days=365)
ACCOUNTS_MAX = 5
"""How many accounts one browser is remembered for; the one signed in to last comes first."""
_SALT = "pingpilot known browser"
_ID_BYTES = 12


@dataclass(frozen=True, slots=True)
class Browser:
    """What the cookie says. ``id`` is random, and counted by; ``accounts`` are digests of addresses."""

    id: str
    accounts: Sequence[str]

    def knows(self, email: str) -> bool:
        """Tell whether this account was signed in to here."""
        return _digest(email) in self.accounts


def browser_of(request: HttpRequest) -> Browser:
    """Return what is known of the browser: nothing, where it brings no cookie of ours."""
    try:
        given: dict[str, Any] = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=_SALT, max_age=LASTS
        )
    except signing.BadSignature:
        return Browser("", ())
    return Browser(str(given["id"]), [str(account) for account in given["accounts"]])


def remember(request: HttpRequest, response: HttpResponseBase, email: str) -> None:
    """Let the browser of a request show from now on that this account was signed in to in it."""
    browser, digest = browser_of(request), _digest(email)
    accounts = [digest, *(account for account in browser.accounts if account != digest)][:ACCOUNTS_MAX]
    name = browser.id or services.current().entropy(_ID_BYTES).hex()
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps({"id": name, "accounts": accounts}, salt=_SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(email: str) -> str:
    return hashlib.sha256(f"{_SALT} {email.lower()}".encode()).hexdigest()[:16]
