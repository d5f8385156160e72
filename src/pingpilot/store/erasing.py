"""Deleting events for good, with all that hangs on them, and out of the counts and sums: the only way to do it."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import EventId
from pingpilot.domain.tally import Tally, slot_of
from pingpilot.store.sql import ask, hex_of, instant, is_sqlite, lock_clause, query
from pingpilot.store.tallying import Place, change, places

SLICE = 500
"""Events to be deleted in one call, so that those who accept events wait for milliseconds only."""

_ID = {"id": "uuid"}
_HOLD = "SELECT d.id FROM v JOIN store_delivery d ON d.event_id = v.id ORDER BY d.id FOR UPDATE OF d"
_ATTEMPTS = """
    DELETE FROM store_attempt WHERE delivery_id IN (SELECT d.id FROM v JOIN store_delivery d ON d.event_id = v.id)
"""
_DELIVERIES = "DELETE FROM store_delivery WHERE event_id IN (SELECT id FROM v)"
_EVENTS = """
    DELETE FROM store_event WHERE id IN (SELECT id FROM v)
    RETURNING id, workspace_id, category_id, category_name, occurred_at, fields, purpose
"""
_AHEAD = "SELECT t.event_id FROM v JOIN store_tallied t ON t.event_id = v.id"


def erase(events: Sequence[EventId]) -> int:
    """Delete some events with their deliveries and attempts, in one transaction; return how many there were.

    Statistics do not count them from the same moment on. Give it ``SLICE`` ids at a time.
    """
    ids = [(event,) for event in sorted(events)]
    with transaction.atomic(), connection.cursor() as cursor:
        if not is_sqlite():  # a settlement at the same moment waits, and finds the deliveries gone
            query(cursor, _HOLD, _ID, ids)
        query(cursor, _ATTEMPTS, _ID, ids)
        query(cursor, _DELIVERIES, _ID, ids)
        gone = query(cursor, _EVENTS, _ID, ids)
        _forget(cursor, [row for row in gone if row[6] == Purpose.REPORT])
    return len(gone)


def _forget(cursor: CursorWrapper, rows: Sequence[Sequence[Any]]) -> None:
    """Take out of the tallies what is in them. Who is about to tally one of the others has to look again.

    The mark is held from here to the commit, so that none of them is tallied meanwhile.
    """
    upto = hex_of(ask(f"SELECT m.upto FROM store_tallymark m{lock_clause('UPDATE OF m')}", ())[0][0])
    later = [(event,) for row in rows if (event := hex_of(row[0])) > upto]
    ahead = {hex_of(row[0]) for row in query(cursor, _AHEAD, _ID, later)}
    if len(ahead) < len(later):
        cursor.execute("UPDATE store_tallymark SET turn = turn + 1")
    changes: dict[Place, Tally] = {}
    for event, workspace, category, name, at, fields, _ in rows:
        if hex_of(event) <= upto or hex_of(event) in ahead:
            one = Tally()
            one.count(fields)
            for place in places(workspace, category, name, slot_of(instant(at))):
                changes.setdefault(place, Tally()).add(one)
    change(cursor, changes, -1)
