"""Closing events whose last delivery is final, and giving back the unit of quota of each that reached nobody."""

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.ids import EventId
from pingpilot.domain.quota import Month
from pingpilot.store.quotas import give_back
from pingpilot.store.sql import hex_of, instant, lock_clause, query

_HOLD = "SELECT e.id FROM v JOIN store_event e ON e.id = v.id AND e.id BETWEEN :first AND :last"
_FINISH = """
    UPDATE store_event SET status = CASE WHEN EXISTS (
        SELECT 1 FROM store_delivery d WHERE d.event_id = store_event.id AND d.state = 'DEAD'
            AND d.id BETWEEN :first AND :after
    ) THEN 'FAILED' ELSE 'DELIVERED' END
    FROM v
    WHERE store_event.id = v.id AND store_event.status = 'PENDING' AND NOT EXISTS (
        SELECT 1 FROM store_delivery d WHERE d.event_id = store_event.id AND d.state IN ('PENDING', 'SENDING', 'HELD')
            AND d.id BETWEEN :first AND :after
    ) AND store_event.id BETWEEN :first AND :last
    RETURNING store_event.id, store_event.status
"""
_REFUND = """
    UPDATE store_event SET is_refunded = true
    FROM v
    WHERE store_event.id = v.id AND store_event.purpose = 'report' AND NOT store_event.is_refunded AND NOT EXISTS (
        SELECT 1 FROM store_delivery d WHERE d.event_id = store_event.id AND d.id BETWEEN :first AND :after AND (
            d.state = 'DELIVERED' OR (
                SELECT count(*) FROM store_attempt a WHERE a.delivery_id = d.id AND a.outcome = 'delivered'
                    AND a.delivery_id BETWEEN :first AND :after
            ) > CASE WHEN d.provider_id <> '' THEN 1 ELSE 0 END
        )
    ) AND store_event.id BETWEEN :first AND :last
    RETURNING store_event.workspace_id, COALESCE(store_event.released_at, store_event.received_at)
"""
"""A dead delivery with a provider's id was taken first and overturned later: that attempt reached nobody."""


def finish_events(cursor: CursorWrapper, events: set[EventId]) -> None:
    """Close the events whose last delivery is final, and give back the unit of each that reached nobody.

    They are held first, in a statement of its own: of two workers that end the last two deliveries of one event at the
    same moment, the second waits for the first, and its next statement sees what that one did.
    """
    rows = [(event,) for event in sorted(events)]
    if clause := lock_clause("NO KEY UPDATE OF e"):
        query(cursor, _HOLD + clause, {"id": "uuid"}, rows)
    ended = query(cursor, _FINISH, {"id": "uuid"}, rows)
    failed = sorted(hex_of(pk) for pk, status in ended if status == "FAILED")
    units: dict[tuple[int, int, int], int] = {}
    for workspace, counted in query(cursor, _REFUND, {"id": "uuid"}, [(pk,) for pk in failed]):
        month = Month.of(instant(counted))
        period = (workspace, month.year, month.month)
        units[period] = units.get(period, 0) + 1
    if units:
        give_back(cursor, units)
