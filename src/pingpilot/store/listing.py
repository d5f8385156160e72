"""Events of a workspace, newest first, page by page, as far as a filter lets them through.

What no index serves is looked for among ``SCANNED_MAX`` events at a time: such a page may come short, or empty, and
still have a next one. So no page costs more than that, however much is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.filters import Clause, Filter, conditions_of, joined, visible
from pingpilot.store.sql import hex_of, instant, stamp

SCANNED_MAX = 5_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ORDER = "ORDER BY e.occurred_at DESC, e.id DESC"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: when its last event happened, and that one's id."""

    at: datetime
    event: str

    def __str__(self) -> str:
        """Return the cursor: opaque to whoever gets it."""
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.event}"

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """Return the place of a cursor; raise ValueError when it is none."""
        micros, _, event = cursor.partition("-")
        try:
            return cls(_EPOCH + int(micros) * _MICROSECOND, UUID(hex=event).hex)
        except OverflowError as error:
            raise ValueError("not a cursor") from error


@dataclass(frozen=True, slots=True)
class Listed:
    """The ids of one page in order; ``cursor`` asks for the next, None at the end."""

    events: Sequence[str]
    cursor: str | None


def page(workspace: WorkspaceId, wanted: Filter, after: str | None, limit: int) -> Listed:
    """Return one page of at most ``limit`` events; raise ValueError for a cursor that is none."""
    conditions = conditions_of(workspace, wanted)
    leading = [*conditions.leading, *([_older_than(Place.of(after))] if after else [])]
    last = _last_looked_at(leading) if conditions.checked else None
    span = [*leading, *([_not_older_than(last)] if last else [])]
    rows = _places(joined([*span, *conditions.checked, visible()]), limit + 1, 0)
    if len(rows) > limit:
        return Listed([row.event for row in rows[:limit]], str(rows[limit - 1]))
    return Listed([row.event for row in rows], str(last) if last else None)


def _last_looked_at(leading: list[Clause]) -> Place | None:
    """Return the last of the events that are looked at for this page; None where all are."""
    rows = _places(joined(leading), 1, SCANNED_MAX - 1)
    return rows[0] if rows else None


def _places(condition: Clause, limit: int, offset: int) -> list[Place]:
    sql = f"SELECT e.occurred_at, e.id FROM store_event e WHERE {condition.sql} {_ORDER} LIMIT %s OFFSET %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*condition.params, limit, offset])
        return [Place(instant(row[0]), hex_of(row[1])) for row in cursor.fetchall()]


def _older_than(place: Place) -> Clause:
    at: Any = stamp(place.at)
    return Clause("e.occurred_at <= %s AND (e.occurred_at < %s OR e.id < %s)", (at, at, place.event))


def _not_older_than(place: Place) -> Clause:
    at: Any = stamp(place.at)
    return Clause("e.occurred_at >= %s AND (e.occurred_at > %s OR e.id >= %s)", (at, at, place.event))
