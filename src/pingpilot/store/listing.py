"""Events of a workspace, newest first, page by page, as far as a filter lets them through.

What no index serves is looked for in portions, as long as ``Patience`` has it: such a page may come short, or empty,
and still have a next one. So no page costs more than that, however much is stored. Events that are still on their way
are few among many, so they are found by their open deliveries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store import undelivered
from pingpilot.store.filters import Clause, Conditions, Filter, conditions_of, joined, unled, visible
from pingpilot.store.patience import Patience
from pingpilot.store.snapshot import snapshot
from pingpilot.store.sql import ask, hex_of, instant, stamp

OPEN_MAX = 2_000
"""Open deliveries by which a page is found; more are mostly of the newest events, and a look at those finds them."""
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


def page(workspace: WorkspaceId, wanted: Filter, after: str | None, limit: int, patience: Patience) -> Listed:
    """Return one page of at most ``limit`` events; raise ValueError for a cursor that is none."""
    place = Place.of(after) if after else None
    conditions = conditions_of(workspace, wanted)
    if wanted.status is EventStatus.PENDING:
        with snapshot():
            pending = undelivered.on_their_way(workspace, OPEN_MAX)
            if pending is not None:
                return _picked(conditions, pending, place, limit)
    if conditions.checked:
        return _looked_for(conditions, place, limit, patience)
    led = joined([*conditions.leading, *_older_than(place), visible()])
    return _listed(_places(conditions.lead.source, led, limit + 1), limit, None)


def _picked(conditions: Conditions, events: Sequence[str], place: Place | None, limit: int) -> Listed:
    """Return a page of some events, those that pass."""
    if not events:
        return Listed([], None)
    one_of = Clause(f"e.id IN ({','.join(['%s'] * len(events))})", tuple(events))
    condition = joined([one_of, unled(conditions), *_older_than(place)])
    return _listed(_places("store_event e", condition, limit + 1), limit, None)


def _looked_for(conditions: Conditions, place: Place | None, limit: int, patience: Patience) -> Listed:
    """Return a page of those that pass, portion by portion; where it ends early, the next goes on from there."""
    source, found = conditions.lead.source, list[Place]()
    for portion in patience.portions():
        leading = [*conditions.leading, *_older_than(place)]
        ends = _places(source, joined(leading), 1, portion - 1)
        span = [*leading, *([_not_older_than(ends[0])] if ends else [])]
        passing = joined([*span, *conditions.checked, visible()])
        found += _places(source, passing, limit + 1 - len(found))
        if len(found) > limit or not ends:
            return _listed(found, limit, None)
        place = ends[0]
    return _listed(found, limit, place)


def _listed(found: Sequence[Place], limit: int, next_after: Place | None) -> Listed:
    """Return the page; with more than its limit found, its last event is where the next one goes on."""
    shown = found[:limit]
    last = shown[-1] if len(found) > limit else next_after
    return Listed([one.event for one in shown], str(last) if last else None)


def _places(source: str, condition: Clause, limit: int, offset: int = 0) -> list[Place]:
    sql = f"SELECT e.occurred_at, e.id FROM {source} WHERE {condition.sql} {_ORDER} LIMIT %s OFFSET %s"
    return [Place(instant(row[0]), hex_of(row[1])) for row in ask(sql, (*condition.params, limit, offset))]


def _older_than(place: Place | None) -> list[Clause]:
    if place is None:
        return []
    at: Any = stamp(place.at)
    return [Clause("e.occurred_at <= %s AND (e.occurred_at < %s OR e.id < %s)", (at, at, place.event))]


def _not_older_than(place: Place) -> Clause:
    at: Any = stamp(place.at)
    return Clause("e.occurred_at >= %s AND (e.occurred_at > %s OR e.id >= %s)", (at, at, place.event))
