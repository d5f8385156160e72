"""What a provider says of a message after it took it: that it arrived, or that it failed after all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.domain.retry import wait_after
from pingpilot.store.closing import finish_events
from pingpilot.store.settlements import Health, Settle, Try, record_attempts, record_health
from pingpilot.store.sql import hex_of, instant, is_sqlite, optional_stamp, query, stamp

NO_SPREAD = 0.5
"""Providers tell of failures one by one: retries are apart as it is."""


@packed
@dataclass(frozen=True, slots=True)
class Confirm:
    """A message arrived. Answered with whether we know it as delivered."""

    channel: str
    provider_id: str
    detail: str


@packed
@dataclass(frozen=True, slots=True)
class Overturn:
    """A message failed that its provider had taken. Answered with whether it was a delivered one of ours.

    The delivery ends, or waits for its next try where ``may_retry`` and its schedule has one left. The record of the
    attempt that was taken stays; this one stands behind it under the same number.
    """

    channel: str
    provider_id: str
    now: datetime
    outcome: str
    code: str
    detail: str
    health: Health
    may_retry: bool
    retry_after: timedelta | None
    broken_sender: str = ""


_NAMED = {"channel": "text", "provider_id": "text"}
_CONFIRM = """
    UPDATE store_delivery SET last_detail = v.detail FROM v
    WHERE store_delivery.channel = v.channel AND store_delivery.provider_id = v.provider_id
        AND store_delivery.provider_id > '' AND store_delivery.state = 'DELIVERED'
    RETURNING store_delivery.channel, store_delivery.provider_id
"""
_FIND = """
    SELECT d.channel, d.provider_id, d.id, d.event_id, d.destination_id, d.attempts, d.begun_at, e.workspace_id
    FROM v JOIN store_delivery d ON d.channel = v.channel AND d.provider_id = v.provider_id AND d.provider_id > ''
    JOIN store_event e ON e.id = d.event_id
    WHERE d.state = 'DELIVERED'
"""
_HOLD = """
    SELECT d.id FROM v JOIN store_delivery d ON d.event_id = v.id AND d.id BETWEEN :first AND :after
    ORDER BY d.id FOR UPDATE OF d
"""
_UNDO = """
    UPDATE store_delivery SET state = v.state, due_at = v.due_at, final_at = v.final_at, last_detail = v.detail
    FROM v WHERE store_delivery.id = v.id AND store_delivery.state = 'DELIVERED'
        AND store_delivery.id BETWEEN :first AND :last
    RETURNING store_delivery.id
"""
_UNDO_COLUMNS = {
    "id": "uuid",
    "state": "text",
    "due_at": "timestamptz",
    "final_at": "timestamptz",
    "detail": "text",
}
_REOPEN = """
    UPDATE store_event SET status = 'PENDING' FROM v
    WHERE store_event.id = v.id AND status <> 'PENDING' AND store_event.id BETWEEN :first AND :last
"""


def confirm(cursor: CursorWrapper, units: Sequence[Confirm]) -> list[bool]:
    """Note what was said beside the deliveries; must run inside a transaction."""
    latest = {(unit.channel, unit.provider_id): unit.detail for unit in units}
    rows = [(*name, detail) for name, detail in sorted(latest.items())]
    known = {tuple(row) for row in query(cursor, _CONFIRM, {**_NAMED, "detail": "text"}, rows)}
    return [(unit.channel, unit.provider_id) in known for unit in units]


def overturn(cursor: CursorWrapper, units: Sequence[Overturn]) -> list[bool]:
    """Undo deliveries, and what followed from them; must run inside a transaction."""
    named = {(unit.channel, unit.provider_id): unit for unit in units}
    found = query(cursor, _FIND, _NAMED, sorted(named))
    events = [(event,) for event in sorted({hex_of(row[3]) for row in found})]
    if not is_sqlite():  # as a replay does: a settlement at the same moment must see these as open, or wait
        query(cursor, _HOLD, {"id": "uuid"}, events)
    undone = [_undone(named[row[0], row[1]], row) for row in found]
    won = {hex_of(row[0]) for row in query(cursor, _UNDO, _UNDO_COLUMNS, [_row(unit) for unit in undone])}
    undone = [unit for unit in undone if unit.delivery in won]
    record_attempts(cursor, undone)
    touched = {unit.event for unit in undone}
    query(cursor, _REOPEN, {"id": "uuid"}, [(event,) for event in sorted(touched)])
    finish_events(cursor, touched)
    record_health(cursor, undone)
    known = {(row[0], row[1]) for row in found if hex_of(row[2]) in won}
    return [(unit.channel, unit.provider_id) in known for unit in units]


def _undone(unit: Overturn, row: Sequence[Any]) -> Settle:
    """Return the new end of a delivery, as a settlement says it."""
    attempts, begun_at = row[5], instant(row[6])
    wait = wait_after(attempts, unit.now - begun_at, NO_SPREAD, unit.retry_after) if unit.may_retry else None
    return Settle(
        delivery=DeliveryId(hex_of(row[2])),
        event=EventId(hex_of(row[3])),
        owner="",
        workspace=WorkspaceId(row[7]),
        destination=DestinationId(row[4]),
        state=DeliveryState.DEAD if wait is None else DeliveryState.PENDING,
        now=unit.now,
        due_at=unit.now if wait is None else unit.now + wait,
        begun_at=begun_at,
        attempts=attempts,
        is_maybe_repeat=False,
        provider_id=unit.provider_id,
        detail=unit.detail,
        tried=Try(attempts, unit.now, 0, unit.outcome, unit.code, unit.detail),
        health=unit.health,
        proves=False,
        broken_sender=unit.broken_sender,
    )


def _row(unit: Settle) -> tuple[Any, ...]:
    ended = unit.now if unit.state is DeliveryState.DEAD else None
    return unit.delivery, unit.state.value, stamp(unit.due_at), optional_stamp(ended), unit.detail
