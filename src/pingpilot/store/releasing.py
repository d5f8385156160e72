"""Letting events go that waited for quota: each takes its unit then, the longest waiting first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.ids import EventId, WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.domain.quota import Month
from pingpilot.store.access import used_in
from pingpilot.store.closing import finish_events
from pingpilot.store.plans import catalogue
from pingpilot.store.quotas import give_back, take
from pingpilot.store.sql import ask, hex_of, is_sqlite, lock_clause, query, stamp

AT_ONCE = 100
"""Events of one unit: it shares a commit with those who accept events, and nobody waits for it."""


@packed
@dataclass(frozen=True, slots=True)
class ReleaseHeld:
    """Let the oldest waiting events of a workspace go, as far as this month's quota goes. Answered with how many."""

    workspace: WorkspaceId
    now: datetime
    at_most: int = AT_ONCE


# Steps from one workspace to the next on the index: as many steps as workspaces, not as events.
_WAITING = """
    WITH RECURSIVE step(id) AS (
        SELECT MIN(workspace_id) FROM store_event WHERE held_at IS NOT NULL
        UNION ALL
        SELECT (SELECT MIN(e.workspace_id) FROM store_event e WHERE e.held_at IS NOT NULL AND e.workspace_id > step.id)
        FROM step WHERE step.id IS NOT NULL
    )
    SELECT w.id, w.plan FROM step JOIN store_workspace w ON w.id = step.id WHERE w.deleted_at IS NULL
"""
_PLAN = "SELECT w.id, w.plan FROM v JOIN store_workspace w ON w.id = v.id"
_OLDEST = """
    SELECT e.id FROM store_event e WHERE e.workspace_id = %s AND e.held_at IS NOT NULL ORDER BY e.id LIMIT %s
"""
_GO = """
    UPDATE store_event SET held_at = NULL, released_at = v.now FROM v
    WHERE store_event.id = v.id AND store_event.held_at IS NOT NULL AND store_event.id BETWEEN :first AND :last
"""
_SEND = """
    UPDATE store_delivery SET state = 'PENDING', due_at = v.now, begun_at = v.now FROM v
    WHERE store_delivery.event_id = v.id AND store_delivery.state = 'HELD'
        AND store_delivery.id BETWEEN :first AND :after
"""
_GOING = {"id": "uuid", "now": "timestamptz"}


def with_room(now: datetime) -> list[WorkspaceId]:
    """Return the workspaces in which events wait that this month's quota allows."""
    plans, month = catalogue(), Month.of(now)
    found = [(WorkspaceId(pk), plans.of(plan).events_per_month) for pk, plan in ask(_WAITING, ())]
    return [pk for pk, limit in found if limit is None or used_in(pk, month) < limit]


def release_held(cursor: CursorWrapper, units: Sequence[ReleaseHeld]) -> list[int]:
    """Let events go for each unit; must run inside a transaction."""
    return [_release(cursor, unit) for unit in units]


def _release(cursor: CursorWrapper, unit: ReleaseHeld) -> int:
    """Take what may be needed first, and return the rest: whoever else wants units of the month waits meanwhile."""
    rows = query(cursor, _PLAN + lock_clause("SHARE OF w"), {"id": "bigint"}, [(unit.workspace,)])
    if not rows:
        return 0
    limit = catalogue().of(rows[0][1]).events_per_month
    month = Month.of(unit.now)
    period = (unit.workspace, month.year, month.month)
    used = take(cursor, {period: unit.at_most})()[period]
    room = unit.at_most if limit is None else max(0, min(unit.at_most, limit - used))
    going = _oldest(unit.workspace, room)
    if spare := unit.at_most - len(going):
        give_back(cursor, {period: spare})
    # A microsecond between one and the next: they stay in order on their way to each address.
    rows = [(pk, stamp(unit.now + timedelta(microseconds=number))) for number, pk in enumerate(going)]
    query(cursor, _GO, _GOING, rows)
    query(cursor, _SEND, _GOING, rows)
    finish_events(cursor, set(going))  # those that go nowhere
    return len(going)


def _oldest(workspace: WorkspaceId, room: int) -> list[EventId]:
    """Hold the next ones; what is being erased at this moment has gone when it is our turn."""
    statement = _OLDEST + ("" if is_sqlite() else "FOR UPDATE OF e")
    return [EventId(hex_of(row[0])) for row in ask(statement, (workspace, room))] if room else []
