"""How often a password may be tried, so that guessing is hopeless and yet no stranger can shut anyone out.

Every try is counted before the password is looked at, and taken back when it was right. Whoever fails too often waits:
on the network they come from, and for the account from all browsers that were never signed in to it. A browser that
was counts on its own. A passkey, an issuer and the link to a new password are never in the way of these counts.
"""

from collections.abc import Iterator, Mapping

from allauth.core.internal.ratelimit import RateLimitUsage, clear, consume
from django.http import HttpRequest

from pingpilot.accounts.acting import address_of
from pingpilot.accounts.known_browsers import browser_of
from pingpilot.security.network import network_of

RATES: Mapping[str, str] = {
    "known_browser": "10/5m/key",
    "account_from_network": "5/5m/key",
    "network": "50/5m/key",
    "account_from_strangers": "30/h/key,100/d/key",
}
"""Failures allowed in a time. 100 a day over all strangers are 36,500 guesses a year at one password."""
_APP = "pingpilot.accounts"


def begin(request: HttpRequest, email: str) -> RateLimitUsage | None:
    """Count a try at an account's password; None when there were too many. ``rollback()`` takes it back."""
    taken = RateLimitUsage([])
    for action, key in _counts(request, email):
        usage = consume(request, app=_APP, action=action, config=dict(RATES), key=key, limit_get=True)
        if usage is None:
            return None
        taken.usage += usage.usage
    return taken


def forgive(request: HttpRequest, email: str) -> None:
    """Forget the failures at an account, whose owner has just shown to hold its mailbox."""
    for action, key in _counts(request, email):
        if action != "network":
            clear(request, app=_APP, action=action, config=dict(RATES), key=key)


def _counts(request: HttpRequest, email: str) -> Iterator[tuple[str, str]]:
    """Yield what a try is counted under, the narrowest first."""
    browser, account = browser_of(request), email.lower()
    if browser.knows(account):
        yield "known_browser", f"{browser.id} {account}"
        return
    network = network_of(address_of(request))
    yield "account_from_network", f"{account} {network}"
    yield "network", network
    yield "account_from_strangers", account
