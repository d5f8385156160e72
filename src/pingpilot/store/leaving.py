"""Months that are forgotten as a whole: their partitions are detached, counted out, and dropped.

Detaching takes a moment, whatever is in them, and with it the events are gone for whoever looks. What they were in the
counts and sums, how many each month had, and what the search knows of them is worked off afterwards, slice by slice,
from the detached tables, which nobody changes any more; how far that has come moves in the same transaction.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.store import forgetting, tallying
from pingpilot.store.erasing import uncount, unfile
from pingpilot.store.filing import START
from pingpilot.store.keeping import days_of
from pingpilot.store.models import LeavingMonth
from pingpilot.store.months import KEYS, Part, be_quick, behind, parts
from pingpilot.store.sql import ask, hex_of

SLICE = 2_000
"""Events that are counted out in one transaction, of some hundred milliseconds."""
SLACK = timedelta(hours=1)
"""The clock of a process that made ids may have been so much behind."""

# Steps from one workspace to the next on the index: as many steps as workspaces, not as events.
_KEEPERS = """
    WITH RECURSIVE step(id) AS (
        SELECT MIN(workspace_id) FROM {events}
        UNION ALL
        SELECT (SELECT MIN(e.workspace_id) FROM {events} e WHERE e.workspace_id > step.id)
        FROM step WHERE step.id IS NOT NULL
    )
    SELECT w.plan, k.workspace_id IS NULL, k.days FROM step JOIN store_workspace w ON w.id = step.id
    LEFT JOIN store_keeping k ON k.workspace_id = w.id WHERE w.deleted_at IS NULL
    GROUP BY 1, 2, 3
"""
# Each is answered by an index that holds such rows alone.
_OPEN = """
    SELECT EXISTS (SELECT 1 FROM {deliveries} WHERE state = 'PENDING')
        OR EXISTS (SELECT 1 FROM {deliveries} WHERE state = 'SENDING')
        OR EXISTS (SELECT 1 FROM {events} WHERE held_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM store_delivery WHERE {behind} AND final_at IS NULL)
"""
_FOREIGN = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'"
_EVENTS = """
    SELECT id, workspace_id, category_id, category_name, occurred_at, fields, purpose FROM {events}
    WHERE id > %s ORDER BY id LIMIT %s
"""


def detach_next(now: datetime) -> str | None:
    """Detach the oldest part of which nothing has to be kept; return its name, None where there is none.

    Waits for a second at most for those who use the tables, who wait as long, and raises DatabaseError. What leaves has
    to be in the tallies: who tallies looks no further back.
    """
    tallied = tallying.mark().upto
    for part in parts():
        is_over = part.end <= tallied and part.until < now
        if is_over and _may_go(part, now) and _detach(part, now):
            return part.name
    return None


def count_out() -> bool:
    """Count out a slice of what has left, or drop it at its end; return whether there is more to do."""
    with transaction.atomic(), connection.cursor() as cursor:
        leaving = LeavingMonth.objects.select_for_update().order_by("name").first()
        if leaving is None:
            return False
        part = Part(leaving.name, START, START)
        is_there = bool(ask("SELECT to_regclass(%s) IS NOT NULL", [part.of("store_event")])[0][0])
        rows = ask(_EVENTS.format(events=part.of("store_event")), [leaving.upto, SLICE]) if is_there else []
        if rows:
            uncount(cursor, rows)
            unfile(cursor, [hex_of(row[0]) for row in rows])
            forgetting.remember(cursor, rows)
            LeavingMonth.objects.filter(pk=leaving.pk).update(upto=rows[-1][0])
        else:
            cursor.execute(f"DROP TABLE IF EXISTS {', '.join(part.of(table) for table in KEYS)}")
            leaving.delete()
    return True


def _may_go(part: Part, now: datetime) -> bool:
    """Tell whether all workspaces with events there keep less, by their plans and by what they have kept so far."""
    for plan, is_unknown, kept in ask(_KEEPERS.format(events=part.of("store_event")), ()):
        days = days_of(plan)
        if is_unknown or days is None or kept is None or part.until + SLACK > now - timedelta(days=max(days, kept)):
            return False
    return True


def _detach(part: Part, now: datetime) -> bool:
    """Take the part out of every table, in one transaction; False where something in it is still on its way.

    PostgreSQL detaches without a lock only where there is no default partition, and then one table after the other.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        be_quick(cursor)
        for table in KEYS:
            cursor.execute(f"ALTER TABLE {table} DETACH PARTITION {part.of(table)}")
        if _is_open(part) or not _may_go(part, now):
            transaction.set_rollback(True)
            return False
        for (name,) in ask(_FOREIGN, [part.of("store_event")]):  # else it holds workspaces fast
            cursor.execute(f'ALTER TABLE {part.of("store_event")} DROP CONSTRAINT "{name}"')
        _take_stragglers(cursor, part)
        _keep_neighbours(cursor, part)
        LeavingMonth.objects.create(name=part.name, upto=START)
    return True


def _is_open(part: Part) -> bool:
    events, deliveries = part.of("store_event"), part.of("store_delivery")
    return bool(ask(_OPEN.format(events=events, deliveries=deliveries, behind=_behind(part.end)), ())[0][0])


def _take_stragglers(cursor: CursorWrapper, part: Part) -> None:
    """Delete the deliveries of the part's last events whose ids came to lie in the next month."""
    behind = _behind(part.end)
    cursor.execute(f"DELETE FROM store_attempt WHERE delivery_id IN (SELECT id FROM store_delivery WHERE {behind})")
    cursor.execute(f"DELETE FROM store_delivery WHERE {behind}")


def _keep_neighbours(cursor: CursorWrapper, part: Part) -> None:
    """Keep the deliveries of the last events of the month before, which may be there still."""
    behind = _behind(part.start)
    deliveries, attempts = part.of("store_delivery"), part.of("store_attempt")
    cursor.execute(
        f"INSERT INTO store_attempt SELECT * FROM {attempts} "
        f"WHERE delivery_id IN (SELECT id FROM {deliveries} WHERE {behind})"
    )
    cursor.execute(f"INSERT INTO store_delivery SELECT * FROM {deliveries} WHERE {behind}")


def _behind(start: str) -> str:
    """Return the condition of deliveries that lie just behind a boundary, of events before it."""
    return f"id >= '{start}' AND id < '{behind(start)}' AND event_id < '{start}'"
