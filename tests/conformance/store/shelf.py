"""Many events at once, straight through the store's own way in, and what the planner makes of a statement."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import id_at
from pingpilot.store import events, filing, tallying
from pingpilot.store.patience import Patience
from pingpilot.store.sql import is_sqlite
from tests.conformance.store.house import NOW, House

PATIENT = Patience(lambda: NOW)
"""No time passes."""


def put(house: House, *reports: NewEvent, at: datetime = NOW, **members: Any) -> list[str]:
    """Store the events in one transaction, without deliveries unless routes are given; return their ids."""
    members.setdefault("routes", ())
    units = [house.unit(at=at, event=report, **members) for report in reports]
    with transaction.atomic(), connection.cursor() as cursor:
        events.accept(cursor, units)
    return [unit.event_id for unit in units]


def report(description: str | None = None, fields: str = "{}", minutes_ago: float = 0, **members: Any) -> NewEvent:
    """Return a sale, some time ago."""
    given = {"severity": Severity.INFO, "dedupe_key": None, "url": None, **members}
    return NewEvent("sale", description, fields, occurred_at=NOW - timedelta(minutes=minutes_ago), **given)


def file_all() -> int:
    """Make everything findable that is not yet; return how many events that were."""
    pages = filing.waiting(filing.START, 10_000)
    with transaction.atomic(), connection.cursor() as cursor:
        filing.file(cursor, [filing.File(pages, len(pages))])
    return len(pages)


def tally_all(limit: int = 1_000, after: timedelta = timedelta(0), *, is_thorough: bool = True) -> int:
    """Bring the tallies up to date, as of some time after now; return how many batches that took."""
    now = datetime.now(UTC) + after
    settled = id_at(now - tallying.LATEST) if is_thorough else None
    last: str | None = None
    for count in itertools.count(1):
        batch = tallying.next_batch(last, limit, now, settled)
        if batch.unit is not None:
            assert tally(batch.unit)
        last = batch.last
        if last is None:
            return count
    raise AssertionError


def tally(unit: tallying.TallyUp) -> bool:
    """Do what the writer does."""
    with transaction.atomic(), connection.cursor() as cursor:
        return tallying.tally_up(cursor, [unit])[0]


@contextmanager
def no_scans(allowed: Sequence[str] = ()) -> Iterator[None]:
    """Fail when a statement inside would read a whole table, ``allowed`` ones excepted."""
    with plans() as seen:
        yield
    assert seen
    scans = [line for line in seen if _is_scan(line) and not any(name in line for name in allowed)]
    assert not scans, seen


@contextmanager
def plans() -> Iterator[list[str]]:
    """Gather the plans of the statements inside, line by line; they are there after the block."""
    seen: list[str] = []
    statements: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        if is_sqlite():  # some statements go past Django's cursor
            connection.connection.set_trace_callback(statements.append)
        yield seen
    if is_sqlite():
        connection.connection.set_trace_callback(None)
    else:
        statements += [entry["sql"] for entry in captured.captured_queries]
    for statement in dict.fromkeys(map(str.strip, statements)):
        if statement.startswith(("SELECT", "WITH")):
            seen += _plan(statement)


def _plan(statement: str) -> list[str]:
    with connection.cursor() as cursor:
        if is_sqlite():
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
            return [str(row[3]) for row in rows]
        cursor.execute("SET LOCAL enable_seqscan = off" if connection.in_atomic_block else "SET enable_seqscan = off")
        cursor.execute(f"EXPLAIN {statement.replace('%', '%%')}", [])
        return [str(row[0]) for row in cursor.fetchall()]


def _is_scan(line: str) -> bool:
    """Tell whether a table is read whole; what is made of an argument may be."""
    if not is_sqlite():
        return "Seq Scan" in line
    return line.startswith("SCAN") and not any(part in line for part in ("USING", "VIRTUAL TABLE", "CONSTANT ROW"))
