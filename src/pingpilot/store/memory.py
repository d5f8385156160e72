"""What several processes remember together for a while, under a key, until it expires."""

from datetime import datetime

from pingpilot.store.models import Remembered
from pingpilot.store.sql import ask, stamp

_CLEANED_AT_ONCE = 100
_ADD = """
    INSERT INTO store_remembered (key, value, expires_at) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
    WHERE store_remembered.expires_at <= %s RETURNING key
"""


def add(key: str, value: str, expires_at: datetime, now: datetime) -> bool:
    """Remember unless something living is remembered under the key; of two at a time one is told True."""
    _clean(now)
    return bool(ask(_ADD, [key, value, stamp(expires_at), stamp(now)]))


def put(key: str, value: str, expires_at: datetime) -> None:
    """Remember, whatever there was."""
    Remembered.objects.update_or_create(key=key, defaults={"value": value, "expires_at": expires_at})


def get(key: str, now: datetime) -> str | None:
    """Return what is remembered."""
    return Remembered.objects.filter(key=key, expires_at__gt=now).values_list("value", flat=True).first()


def forget(key: str) -> bool:
    """Forget; tell whether there was something."""
    return bool(Remembered.objects.filter(key=key).delete()[0])


def forget_all() -> None:
    """Forget everything."""
    Remembered.objects.all().delete()


def _clean(now: datetime) -> None:
    expired = Remembered.objects.filter(expires_at__lte=now).order_by("expires_at").values_list("pk", flat=True)
    if keys := list(expired[:_CLEANED_AT_ONCE]):
        Remembered.objects.filter(pk__in=keys, expires_at__lte=now).delete()
