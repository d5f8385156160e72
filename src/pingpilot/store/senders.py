"""Channels whose credential, of this instance, is refused: noted as it happens, healed and told of by a chore."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef, Q

from pingpilot.store.models import BrokenSender, Destination, User
from pingpilot.store.sql import query, stamp

FORGOTTEN_AFTER = timedelta(hours=1)
"""A broken sender is tried every 5 minutes while something waits for it; after this long nothing does."""
_DETAIL_MAX_CHARS = 300

_COLUMNS = {"channel": "text", "at": "timestamptz", "detail": "text"}
_NOTE = """
    INSERT INTO store_brokensender (channel, since, last_at, detail) SELECT channel, at, at, detail FROM v WHERE true
    ON CONFLICT (channel) DO UPDATE SET last_at = excluded.last_at, detail = excluded.detail
"""


def note_broken(cursor: CursorWrapper, refusals: Sequence[tuple[str, datetime, str]]) -> None:
    """Note that channels were refused, each with the time and what was said; must run inside a transaction."""
    latest = {channel: (channel, stamp(at), detail[:_DETAIL_MAX_CHARS]) for channel, at, detail in refusals}
    query(cursor, _NOTE, _COLUMNS, sorted(latest.values()))


def heal(now: datetime) -> int:
    """Forget the channels that have delivered since, and those that nobody tries any more; returns how many."""
    delivered = Destination.objects.filter(kind=OuterRef("channel"), last_success_at__gt=OuterRef("last_at"))
    over = BrokenSender.objects.filter(Q(Exists(delivered)) | Q(last_at__lt=now - FORGOTTEN_AFTER))
    return over.delete()[0]


def broken() -> list[BrokenSender]:
    """Return the channels that are refused, the longest first."""
    return list(BrokenSender.objects.order_by("since"))


def untold() -> list[BrokenSender]:
    """Return those that the operator has not been told of."""
    return [sender for sender in broken() if sender.told_at is None]


def mark_told(channel: str, since: datetime, now: datetime) -> bool:
    """Note that the operator knows; False when the trouble is another one by now."""
    rows = BrokenSender.objects.filter(channel=channel, since=since, told_at=None)
    return bool(rows.update(told_at=now))


def operators() -> list[str]:
    """Return the addresses of those who run this instance."""
    rows = User.objects.filter(is_staff=True, is_active=True).order_by("pk")
    return list(rows.values_list("email", flat=True))
