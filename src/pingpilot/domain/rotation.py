"""Replacing a secret without a gap: the old one goes on working for an overlap that its owner picks."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

OVERLAPS: Mapping[str, timedelta] = MappingProxyType(
    {"none": timedelta(0), "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
)
"""How long what was replaced may go on working, by the name that the API and the command line know. Source: SPEC 3."""
RETIRED_MAX = 4
"""Secrets kept beside the new one; rotated more often, the oldest ends early."""

_ENTRY = re.compile(r"(\S+)@([0-9]{1,12})")


def retired(kept: str, values: str, until: datetime, now: datetime) -> str:
    """Return the text that keeps secrets that were replaced: those of before that still count, and these until then.

    Secrets are separated by spaces; each is kept as ``secret@seconds since 1970``.
    """
    seconds = int(until.timestamp())
    still = [f"{value}@{end}" for value, end in _entries(kept) if end > now.timestamp()]
    new = [f"{value}@{seconds}" for value in values.split()]
    return " ".join([*new, *still][:RETIRED_MAX])


def still_valid(kept: str, at: datetime) -> list[str]:
    """Return the secrets of such a text that still count at an instant."""
    return [value for value, end in _entries(kept) if end > at.timestamp()]


def last_end(kept: str, at: datetime) -> int | None:
    """Return when the last of the kept secrets ends, in seconds since 1970; None when none counts any more."""
    return max((end for _, end in _entries(kept) if end > at.timestamp()), default=None)


def _entries(kept: str) -> list[tuple[str, int]]:
    """Return each secret and its end; what is no entry is left out."""
    return [(found[1], int(found[2])) for entry in kept.split() if (found := _ENTRY.fullmatch(entry))]
