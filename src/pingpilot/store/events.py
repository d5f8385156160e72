"""Accepting events: quota, events and their deliveries, set-based, in the transaction of the writer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus, NewEvent, Purpose
from pingpilot.domain.ids import CategoryId, DeliveryId, EventId, WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.domain.plan import CATALOGUE
from pingpilot.domain.routing import Route
from pingpilot.store.sql import insert, lock_clause, query, stamp


@packed
@dataclass(frozen=True, slots=True)
class Accept:
    """One event to be kept, with one delivery per route.

    ``revision`` is that of the picture it rests on: when the workspace has moved on, nothing is stored and the answer
    is ``Stale``. None skips the check. Only a ``REPORT`` takes a unit of the quota. ``delivery_ids`` has one id per
    route.
    """

    workspace: WorkspaceId
    revision: int | None
    category: CategoryId | None
    event: NewEvent
    routes: Sequence[Route]
    event_id: EventId
    delivery_ids: Sequence[DeliveryId]
    received_at: datetime
    purpose: Purpose = Purpose.REPORT
    proves: bool = False


@packed
@dataclass(frozen=True, slots=True)
class Accepted:
    """Committed. ``used`` is the month's count after it; 0 where it took no unit."""

    event_id: EventId
    delivery_ids: Sequence[DeliveryId]
    used: int


@dataclass(frozen=True, slots=True)
class QuotaFull:
    """Refused: the month's units are used up. Nothing was stored."""

    used: int


@dataclass(frozen=True, slots=True)
class Stale:
    """Refused: the workspace has changed since the picture was made. Nothing was stored."""


Answer = Accepted | QuotaFull | Stale

_PENDING = DeliveryState.PENDING.value
_PENDING_EVENT, _DELIVERED_EVENT = EventStatus.PENDING.value, EventStatus.DELIVERED.value

_EVENT = {
    "id": "uuid",
    "workspace_id": "bigint",
    "category_id": "bigint",
    "category_name": "text",
    "purpose": "text",
    "description": "text",
    "fields": "text",
    "severity": "text",
    "url": "text",
    "dedupe_key": "text",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
    "status": "text",
    "is_refunded": "boolean",
}
_DELIVERY = {
    "id": "uuid",
    "event_id": "uuid",
    "destination_id": "bigint",
    "channel": "text",
    "state": "text",
    "due_at": "timestamptz",
    "begun_at": "timestamptz",
    "attempts": "integer",
    "lease_owner": "text",
    "proves": "boolean",
    "is_maybe_repeat": "boolean",
    "provider_id": "text",
    "last_detail": "text",
}
_QUOTA = {"workspace_id": "bigint", "year": "integer", "month": "integer", "used": "bigint"}
_WORKSPACE = "SELECT w.id, w.revision, w.plan FROM v JOIN store_workspace w ON w.id = v.id"
_TAKE = """
    INSERT INTO store_quota (workspace_id, year, month, used)
    SELECT workspace_id, year, month, used FROM v WHERE true ORDER BY workspace_id, year, month
    ON CONFLICT (workspace_id, year, month) DO UPDATE SET used = store_quota.used + excluded.used
    RETURNING workspace_id, year, month, used
"""
_GIVE_BACK = """
    UPDATE store_quota SET used = store_quota.used - v.used FROM v
    WHERE store_quota.workspace_id = v.workspace_id AND store_quota.year = v.year AND store_quota.month = v.month
"""

_Period = tuple[int, int, int]
"""Workspace, year, month."""
_Plans = dict[int, tuple[int, int | None]]
"""Workspace to its revision and the events its plan allows in a month."""


def accept(cursor: CursorWrapper, units: Sequence[Accept]) -> list[Answer]:
    """Keep the events, in order, as far as revisions and quotas allow; must run inside a transaction."""
    plans = _plans(cursor, {unit.workspace for unit in units})
    answers: list[Answer | None] = [None if _is_current(unit, plans) else Stale() for unit in units]
    wanting = [index for index, answer in enumerate(answers) if answer is None]
    _take_quota(cursor, units, wanting, answers, plans)
    kept = [units[index] for index in wanting if isinstance(answers[index], Accepted)]
    insert(cursor, "store_event", _EVENT, [_event_row(unit) for unit in kept])
    insert(cursor, "store_delivery", _DELIVERY, [row for unit in kept for row in _delivery_rows(unit)])
    return [answer for answer in answers if answer is not None]


def give_back(cursor: CursorWrapper, units: dict[_Period, int]) -> None:
    """Return units of quota: (workspace, year, month) → how many."""
    query(cursor, _GIVE_BACK, _QUOTA, [(*period, count) for period, count in sorted(units.items())])


def _plans(cursor: CursorWrapper, workspaces: set[WorkspaceId]) -> _Plans:
    """Read revision and limit, and hold the rows against change until the commit."""
    rows = query(cursor, _WORKSPACE + lock_clause("SHARE OF w"), {"id": "bigint"}, [(pk,) for pk in workspaces])
    return {pk: (revision, CATALOGUE[plan].events_per_month) for pk, revision, plan in rows}


def _is_current(unit: Accept, plans: _Plans) -> bool:
    known = plans.get(unit.workspace)
    return known is not None and unit.revision in (None, known[0])


def _take_quota(
    cursor: CursorWrapper,
    units: Sequence[Accept],
    wanting: Sequence[int],
    answers: list[Answer | None],
    plans: _Plans,
) -> None:
    """Take one unit for each report that wants one and answer for all; first come, first served within the batch."""
    wanted: dict[_Period, int] = {}
    for index in wanting:
        if units[index].purpose is Purpose.REPORT:
            period = _period(units[index])
            wanted[period] = wanted.get(period, 0) + 1
    rows = query(cursor, _TAKE, _QUOTA, [(*period, count) for period, count in sorted(wanted.items())])
    used = {(row[0], row[1], row[2]): row[3] - wanted[row[0], row[1], row[2]] for row in rows}
    refused: dict[_Period, int] = {}
    for index in wanting:
        answers[index] = _grant(units[index], used, refused, plans)
    if refused:
        give_back(cursor, refused)


def _grant(unit: Accept, used: dict[_Period, int], refused: dict[_Period, int], plans: _Plans) -> Answer:
    if unit.purpose is not Purpose.REPORT:
        return Accepted(unit.event_id, unit.delivery_ids, 0)
    period, limit = _period(unit), plans[unit.workspace][1]
    if limit is not None and used[period] >= limit:
        refused[period] = refused.get(period, 0) + 1
        return QuotaFull(used[period])
    used[period] += 1
    return Accepted(unit.event_id, unit.delivery_ids, used[period])


def _period(unit: Accept) -> _Period:
    return (unit.workspace, unit.received_at.year, unit.received_at.month)  # received_at is in UTC


def _event_row(unit: Accept) -> tuple[Any, ...]:
    event, received = unit.event, stamp(unit.received_at)
    return (
        unit.event_id,
        unit.workspace,
        unit.category,
        event.category,
        unit.purpose.value,
        event.description,
        event.fields_json,
        event.severity.value,
        event.url,
        event.dedupe_key,
        received if event.occurred_at is None else stamp(event.occurred_at),
        received,
        _PENDING_EVENT if unit.routes else _DELIVERED_EVENT,
        False,
    )


def _delivery_rows(unit: Accept) -> list[tuple[Any, ...]]:
    now = stamp(unit.received_at)
    return [
        (pk, unit.event_id, route.destination, route.channel, _PENDING, now, now, 0, "", unit.proves, False, "", "")
        for pk, route in zip(unit.delivery_ids, unit.routes, strict=True)
    ]
