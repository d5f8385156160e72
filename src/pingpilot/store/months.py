"""Months as partitions of PostgreSQL's: which there are, and making the next ones before anybody needs them.

Ids ascend with time (docs/decisions/0003), so a range of ids is a range of time, and each table keeps the one key it
has: events and deliveries by their ids, attempts by those of their deliveries. A partition is called by its table and
a *part*: ``2026_12``, ``before`` for all that is older than the first month, and ``other`` for what has no partition,
so that no event is ever refused for the lack of one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from pingpilot.domain.category import COOLDOWN_MAX_S
from pingpilot.domain.ids import id_at, made_at
from pingpilot.domain.quota import Month
from pingpilot.store.arrays import BEHIND_MS
from pingpilot.store.filing import START
from pingpilot.store.partitioning import OTHER
from pingpilot.store.sql import ask, is_sqlite

KEYS = {"store_event": "id", "store_delivery": "id", "store_attempt": "delivery_id"}
"""The tables that are kept in months, and the column that tells in which."""
AHEAD = 3
"""Months that are made before they begin: a chore that does not run is noticed long before they are used up."""
NEAR = timedelta(milliseconds=BEHIND_MS)
_BOUNDS = re.compile(r"FROM \((?:'([0-9a-f-]+)'|MINVALUE)\) TO \('([0-9a-f-]+)'\)")
_PARTS = """
    SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'store_event'::regclass AND NOT i.inhdetachpending ORDER BY 1
"""
_RELATIONS = """
    SELECT count(*) + count(x.indexrelid) FROM (
        SELECT DISTINCT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE c.relname = ANY(%s)
    ) p LEFT JOIN pg_index x ON x.indrelid = p.inhrelid
"""
_LIMITS = "SET LOCAL lock_timeout = '{lock_s}s'; SET LOCAL statement_timeout = '{whole_s}s'"
_WAIT_S, _WHOLE_S = 1, 30


@dataclass(frozen=True, slots=True)
class Part:
    """One part of each table: the ids from ``start`` until before ``end``."""

    name: str
    start: str
    end: str

    @property
    def until(self) -> datetime:
        """When the part ends."""
        return made_at(self.end)

    def of(self, table: str) -> str:
        """Return the partition of a table."""
        return f"{table}_{self.name}"


def parts() -> list[Part]:
    """Return the parts with bounds, the oldest first."""
    found = []
    for table, bounds in ask(_PARTS, ()):
        if (match := _BOUNDS.search(bounds)) is not None:
            start, end = ((value or START).replace("-", "") for value in match.groups())
            found.append(Part(table.removeprefix("store_event_"), start, end))
    return sorted(found, key=lambda part: part.start)


def make_ahead(now: datetime) -> list[str]:
    """Make the partitions of this month and of the next ones, where they are missing; return what was made.

    Waits for a second at most for those who read the tables, and raises DatabaseError; whoever writes waits as long.
    """
    missing = _missing(now)
    for part in missing:
        _make(part)
    return [part.name for part in missing]


def lacking(now: datetime) -> int:
    """Return how many of the months that should be there are missing."""
    return len(_missing(now))


def has_strays() -> bool:
    """Tell whether an event is where those go that have no partition."""
    return bool(ask(f"SELECT EXISTS (SELECT 1 FROM store_event_{OTHER})", ())[0][0])


def relations() -> int:
    """Return how many tables and indexes all parts have together."""
    return int(ask(_RELATIONS, (list(KEYS),))[0][0])


def analyze() -> None:
    """Let PostgreSQL know how the tables are as a whole: autovacuum looks at their partitions alone."""
    with connection.cursor() as cursor:
        for table in KEYS:
            cursor.execute(f"ANALYZE {table}")


def deliveries_of(events: Sequence[UUID]) -> Q:
    """Return where PostgreSQL has to look for the deliveries of some events; everywhere would take it longer."""
    if is_sqlite() or not events:
        return Q()
    return Q(pk__gt=min(events), pk__lt=UUID(hex=behind(max(events).hex)))


def repeats_of(event: UUID) -> Q:
    """Return where PostgreSQL has to look for the repeats of an event: as long behind it as a cooldown may be."""
    if is_sqlite():
        return Q()
    at = made_at(event.hex)
    longest = timedelta(seconds=COOLDOWN_MAX_S)
    return Q(pk__gt=UUID(hex=id_at(at - NEAR)), pk__lt=UUID(hex=id_at(at + longest + NEAR)))


def behind(pk: str) -> str:
    """Return an id behind which no delivery lies of the event with this one, or of those before."""
    return id_at(made_at(pk) + NEAR)


def be_quick(cursor: CursorWrapper) -> None:
    """Give up, for this transaction, where others would have to wait."""
    cursor.execute(_LIMITS.format(lock_s=_WAIT_S, whole_s=_WHOLE_S))


def _missing(now: datetime) -> list[Part]:
    """Return this month and the next ones, those that no part holds yet."""
    known, month, missing = parts(), Month.of(now), list[Part]()
    for _ in range(1 + AHEAD):
        part = Part(f"{month.year}_{month.month:02}", id_at(month.start), id_at(month.end))
        if not any(one.start <= part.start < one.end for one in known):
            missing.append(part)
        month = Month.of(month.end)
    return missing


def _make(part: Part) -> None:
    """Make a part of each table and attach it, which only those wait for who write to what has no partition.

    What is there of it already goes along.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        be_quick(cursor)
        for table, key in KEYS.items():
            made, other = part.of(table), f"{table}_{OTHER}"
            within = f"{key} >= '{part.start}' AND {key} < '{part.end}'"
            cursor.execute(f"LOCK TABLE {other} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"CREATE TABLE {made} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
            cursor.execute(
                f"WITH gone AS (DELETE FROM {other} WHERE {within} RETURNING *) INSERT INTO {made} SELECT * FROM gone"
            )
            cursor.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {made} FOR VALUES FROM ('{part.start}') TO ('{part.end}')"
            )
