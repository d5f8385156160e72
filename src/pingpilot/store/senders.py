"""What only the operator can mend: noted as it happens, healed and told of by a chore.

That is a channel whose credential, of this instance, is refused; and destinations that are refused one by one, though
their owners have nothing to mend: mail that a server takes for spam, settings that cannot be unsealed.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper
from django.db.models import Exists, OuterRef, Q

from pingpilot.store.models import BrokenSender, Destination, User
from pingpilot.store.sql import query, stamp

FORGOTTEN_AFTER = timedelta(hours=1)
"""A broken sender is tried every 5 minutes while something waits for it; after this long nothing does."""
_DETAIL_MAX_CHARS = 300
SINGLE = "destinations"
"""In place of a channel: destinations that are refused one by one."""
UNREADABLE = "The settings of this destination cannot be read"
"""How the error of a destination begins whose settings cannot be unsealed."""

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


def note_single(shared: Collection[str], now: datetime) -> None:
    """Note that there are destinations which only the operator can mend, how many, and what the last one said; or none.

    ``shared`` are the channels whose messages go out under a credential of the instance. Those that join others later
    are no news.
    """
    live = Destination.objects.filter(broken_at__isnull=False, verified_at__isnull=False, removed_at=None)
    rows = live.filter(Q(kind__in=shared) | Q(last_error__startswith=UNREADABLE))
    last = rows.order_by("-broken_at").first()
    if last is None:
        BrokenSender.objects.filter(channel=SINGLE).delete()
        return
    detail = f"{rows.count()} in all; the last one is number {last.pk} ({last.kind}): {last.last_error}"
    seen = {"last_at": now, "detail": detail[:_DETAIL_MAX_CHARS]}
    BrokenSender.objects.update_or_create(channel=SINGLE, defaults=seen, create_defaults={**seen, "since": now})


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
