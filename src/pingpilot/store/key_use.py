"""When and from where keys were last used: written in batches, off the path of an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.ids import KeyId
from pingpilot.store.sql import lock_clause, query, stamp


@dataclass(frozen=True, slots=True)
class Use:
    """The last use of a key; ``network`` is that of the client, empty where unknown."""

    key: KeyId
    at: datetime
    network: str


@dataclass(frozen=True, slots=True)
class Used:
    """Uses of keys, at most one of each. Answered with None."""

    uses: Sequence[Use]


_HOLD = "SELECT k.id FROM v JOIN store_key k ON k.id = v.id"
_WRITE = """
    UPDATE store_key SET last_used_at = v.at, last_used_network = v.network FROM v
    WHERE store_key.id = v.id AND (store_key.last_used_at IS NULL OR store_key.last_used_at < v.at)
"""
_COLUMNS = {"id": "text", "at": "timestamptz", "network": "text"}


def write_uses(cursor: CursorWrapper, units: Sequence[Used]) -> list[None]:
    """Write the uses, later ones over earlier ones; must run inside a transaction."""
    latest: dict[KeyId, Use] = {}
    for use in (use for unit in units for use in unit.uses):
        if use.key not in latest or latest[use.key].at < use.at:
            latest[use.key] = use
    if clause := lock_clause("NO KEY UPDATE OF k"):  # in order: two processes that write the same keys never deadlock
        query(cursor, _HOLD + clause, {"id": "text"}, [(key,) for key in latest])
    query(cursor, _WRITE, _COLUMNS, [(use.key, stamp(use.at), use.network) for use in latest.values()])
    return [None] * len(units)
