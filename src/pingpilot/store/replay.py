"""Sending again: final deliveries go back to PENDING on a fresh schedule, and their events with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.ids import DestinationId, EventId
from pingpilot.store.sql import is_sqlite, query, stamp

REPLAYED_MAX = 1_000
"""Deliveries of one call: a transaction of some ten milliseconds."""

_OF_EVENT = """
    SELECT d.id, d.event_id FROM v
    JOIN store_destination s ON s.id = v.id
    JOIN store_delivery d ON d.destination_id = s.id
    WHERE d.event_id = v.event AND d.id BETWEEN :first AND :after AND d.state IN ('DEAD', 'DELIVERED')
        AND s.verified_at IS NOT NULL AND s.disabled_at IS NULL AND s.removed_at IS NULL
"""
_DEAD = """
    SELECT d.id, d.event_id FROM v
    JOIN store_delivery d ON d.destination_id = v.id
    WHERE d.state = 'DEAD' AND d.final_at >= v.since
    ORDER BY d.final_at LIMIT {limit}
"""
_HOLD = """
    SELECT d.id FROM v JOIN store_delivery d ON d.event_id = v.id AND d.id BETWEEN :first AND :after
    ORDER BY d.id FOR UPDATE OF d
"""
_BEGIN = """
    UPDATE store_delivery SET state = 'PENDING', attempts = 0, due_at = v.now, begun_at = v.now, final_at = NULL
    FROM v WHERE store_delivery.id = v.id AND store_delivery.state IN ('DEAD', 'DELIVERED')
        AND store_delivery.id BETWEEN :first AND :last
    RETURNING store_delivery.event_id
"""
_REOPEN = """
    UPDATE store_event SET status = 'PENDING' FROM v
    WHERE store_event.id = v.id AND store_event.status IN ('FAILED', 'DELIVERED')
        AND store_event.id BETWEEN :first AND :last
"""


def replay_event(event: EventId, destinations: Sequence[DestinationId], now: datetime) -> int:
    """Send an event again to those of its destinations that are active; return how many deliveries that are."""
    columns = {"event": "uuid", "id": "bigint"}
    with transaction.atomic(), connection.cursor() as cursor:
        found = query(cursor, _OF_EVENT, columns, [(event, destination) for destination in destinations])
        return _begin_again(cursor, found, now)


def replay_dead(destinations: Sequence[DestinationId], since: datetime, now: datetime) -> int:
    """Send again what has died since an instant on its way to these; at most ``REPLAYED_MAX``, oldest first."""
    columns = {"id": "bigint", "since": "timestamptz"}
    rows = [(destination, stamp(since)) for destination in destinations]
    found: list[Any] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for row in rows:
            room = REPLAYED_MAX - len(found)
            found += query(cursor, _DEAD.format(limit=room), columns, [row])
        return _begin_again(cursor, found, now)


def _begin_again(cursor: CursorWrapper, found: Sequence[Any], now: datetime) -> int:
    """Hold every delivery of the events first: a settlement at the same moment must see these as open, or wait."""
    if not is_sqlite():
        query(cursor, _HOLD, {"id": "uuid"}, [(event,) for event in sorted({row[1] for row in found})])
    rows = [(row[0], stamp(now)) for row in found]
    begun = query(cursor, _BEGIN, {"id": "uuid", "now": "timestamptz"}, rows)
    query(cursor, _REOPEN, {"id": "uuid"}, [(event,) for event in sorted({row[0] for row in begun})])
    return len(begun)
