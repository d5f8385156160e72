"""Deleting events for good, or out of their category, and in the counts and sums as well: the only way to do it."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import CategoryId, EventId
from pingpilot.domain.tally import Tally, slot_of
from pingpilot.store.sql import ask, hex_of, instant, is_sqlite, lock_clause, query
from pingpilot.store.tallying import ALL, Place, change, places

SLICE = 500
"""Events to be deleted in one call, so that those who accept events wait for milliseconds only."""

_Row = Sequence[Any]
"""Of an event: id, workspace, category, its name, when it happened, fields, purpose."""
_ID = {"id": "uuid"}
_HOLD = """
    SELECT d.id FROM v JOIN store_delivery d ON d.event_id = v.id AND d.id BETWEEN :first AND :after
    ORDER BY d.id FOR UPDATE OF d
"""
_ATTEMPTS = """
    DELETE FROM store_attempt WHERE delivery_id IN (
        SELECT d.id FROM v JOIN store_delivery d ON d.event_id = v.id AND d.id BETWEEN :first AND :after
    ) AND store_attempt.delivery_id BETWEEN :first AND :after
"""
_DELIVERIES = """
    DELETE FROM store_delivery WHERE event_id IN (SELECT id FROM v) AND store_delivery.id BETWEEN :first AND :after
"""
_EVENTS = """
    DELETE FROM store_event WHERE id IN (SELECT id FROM v) AND store_event.id BETWEEN :first AND :last
    RETURNING id, workspace_id, category_id, category_name, occurred_at, fields, purpose
"""
_LOOSEN = """
    UPDATE store_event SET category_id = NULL WHERE category_id = {category} AND id IN (SELECT id FROM v)
        AND store_event.id BETWEEN :first AND :last
    RETURNING id, workspace_id, category_id, category_name, occurred_at, fields, purpose
"""
_WORDS = "DELETE FROM store_search WHERE event_id IN (SELECT id FROM v)"
_AHEAD = "SELECT t.event_id FROM v JOIN store_tallied t ON t.event_id = v.id"


def erase(events: Sequence[EventId]) -> int:
    """Delete some events with their deliveries and attempts, in one transaction; return how many there were.

    Statistics do not count them from the same moment on. Give it ``SLICE`` ids at a time.
    """
    ids = [(event,) for event in sorted(events)]
    with transaction.atomic(), connection.cursor() as cursor:
        hold(cursor, ids)  # a settlement at the same moment waits, and finds the deliveries gone
        query(cursor, _ATTEMPTS, _ID, ids)
        query(cursor, _DELIVERIES, _ID, ids)
        gone = query(cursor, _EVENTS, _ID, ids)
        unfile(cursor, [hex_of(row[0]) for row in gone])
        uncount(cursor, gone)
    return len(gone)


def hold(cursor: CursorWrapper, events: Sequence[tuple[EventId]]) -> None:
    """Hold the deliveries of some events until the end of the transaction; SQLite's one writer is alone anyway."""
    if not is_sqlite():
        query(cursor, _HOLD, _ID, events)


def uncount(cursor: CursorWrapper, rows: Sequence[_Row]) -> None:
    """Take events that are gone out of the counts and sums they are in; inside a transaction."""
    change(cursor, _changes(_tallied(cursor, [row for row in rows if row[6] == Purpose.REPORT])), -1)


def unfile(cursor: CursorWrapper, events: Sequence[str]) -> None:
    """Let the search forget events that are gone; on SQLite a trigger does."""
    if not is_sqlite():
        query(cursor, _WORDS, _ID, [(event,) for event in events])


def loosen(events: Sequence[EventId], category: CategoryId) -> int:
    """Take some events out of a category that is about to be deleted, in one transaction; return how many there were.

    They stay under the name that it had. Give it ``SLICE`` ids at a time.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        loose = query(cursor, _LOOSEN.format(category=int(category)), _ID, [(event,) for event in sorted(events)])
        changes = _changes(_tallied(cursor, [row for row in loose if row[6] == Purpose.REPORT]))
        moved = {place: one for place, one in changes.items() if place[1:3] != ALL}
        change(cursor, {(place[0], category, *place[2:]): one for place, one in moved.items()}, -1)
        change(cursor, moved)
    return len(loose)


def _tallied(cursor: CursorWrapper, rows: Sequence[_Row]) -> list[_Row]:
    """Return those that are in the tallies. Who is about to tally one of the others has to look again.

    The mark is held from here to the commit, so that none of them is tallied meanwhile.
    """
    upto = hex_of(ask(f"SELECT m.upto FROM store_tallymark m{lock_clause('UPDATE OF m')}", ())[0][0])
    later = [(event,) for row in rows if (event := hex_of(row[0])) > upto]
    ahead = {hex_of(row[0]) for row in query(cursor, _AHEAD, _ID, later)}
    if len(ahead) < len(later):
        cursor.execute("UPDATE store_tallymark SET turn = turn + 1")
    return [row for row in rows if hex_of(row[0]) <= upto or hex_of(row[0]) in ahead]


def _changes(rows: Sequence[_Row]) -> dict[Place, Tally]:
    """Return what some reports are in the tallies."""
    changes: dict[Place, Tally] = {}
    for _, workspace, category, name, at, fields, _ in rows:
        one = Tally()
        one.count(fields)
        for place in places(workspace, category, name, slot_of(instant(at))):
            changes.setdefault(place, Tally()).add(one)
    return changes
