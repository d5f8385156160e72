"""Whether a viewer has shown their password lately enough to see a secret."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

RECENT = timedelta(minutes=10)
"""Source: SPEC section 3."""
_RECORDS = "account_authentication_methods"
"""Where the session keeps each sign-in and each password given since, ``at`` in seconds. Source: django-allauth."""


def signed_in_recently(request: HttpRequest, now: datetime) -> bool:
    """Tell whether the last sign-in, or the last password given since, is at most 10 minutes old."""
    records: Sequence[Mapping[str, object]] = request.session.get(_RECORDS) or ()
    times = [at for record in records if isinstance(at := record.get("at"), int | float)]
    return bool(times) and now - datetime.fromtimestamp(max(times), UTC) <= RECENT


def sign_in_again(back_to: str) -> str:
    """Return the address of the page that asks for the password and then leads back."""
    return f"{reverse('account_reauthenticate')}?{urlencode({'next': back_to})}"
