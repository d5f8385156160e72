"""Bringing the tallies up to date, in batches, after the commit of the events: each report once, whatever happens.

How far it has come moves in the transaction of the tallies, and only if nobody else has moved it since the batch was
looked at. So neither a crash nor a second process can count an event twice, or leave one out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import id_at
from pingpilot.domain.packing import packed
from pingpilot.domain.tally import SLOTS_A_DAY, Tally, slot_of
from pingpilot.store.filing import look_back
from pingpilot.store.sql import ask, hex_of, insert, instant, is_sqlite, query

LATEST = timedelta(minutes=3)
"""No commit comes later than this after its event's id was made: the writer gives up a batch long before."""
SLOTS_MAX = 100
"""Of categories in one batch: each changes four tallies, which takes the writer some ten microseconds a piece."""
PASSED_MAX = 2_000
"""Ids forgotten in one batch once the mark has passed them: more than a batch adds."""
ALL = (0, "")
"""Category and name of the series of all reports of a workspace."""

_MARK = "SELECT turn, upto, reached FROM store_tallymark"
_WAITING = """
    SELECT e.id, e.workspace_id, e.category_id, e.category_name, e.occurred_at, e.fields, e.purpose FROM store_event e
    LEFT JOIN store_tallied t ON t.event_id = e.id
    WHERE e.id > %s AND t.event_id IS NULL ORDER BY e.id LIMIT %s
"""
_HOLD = "SELECT m.id FROM v JOIN store_tallymark m ON m.turn = v.turn FOR UPDATE OF m SKIP LOCKED"
_MOVE = """
    UPDATE store_tallymark SET turn = store_tallymark.turn + 1, upto = v.upto, reached = v.reached
    FROM v WHERE store_tallymark.turn = v.turn RETURNING store_tallymark.turn
"""
_PASSED = """
    DELETE FROM store_tallied WHERE event_id IN (
        SELECT t.event_id FROM store_tallied t WHERE t.event_id <= (SELECT v.id FROM v)
        ORDER BY t.event_id LIMIT {limit}
    )
"""
_NEW_SERIES = """
    INSERT INTO store_series (workspace_id, category, name)
    SELECT v.workspace, v.category, v.name FROM v JOIN store_workspace w ON w.id = v.workspace WHERE true
    ON CONFLICT DO NOTHING
"""
_SERIES = """
    SELECT v.workspace, v.category, v.name, s.id FROM v
    JOIN store_series s ON s.workspace_id = v.workspace AND s.category = v.category AND s.name = v.name
"""
_SERIES_COLUMNS = {"workspace": "bigint", "category": "bigint", "name": "text"}
_TALLIES = """
    SELECT t.series_id, t.slots, t.slot, t.events, t.fields FROM v
    JOIN store_tally t ON t.series_id = v.series AND t.slots = v.slots AND t.slot = v.slot
"""
_PLACE = {"series": "bigint", "slots": "smallint", "slot": "integer"}
_WRITE = """
    INSERT INTO store_tally (series_id, slots, slot, events, fields)
    SELECT v.series, v.slots, v.slot, v.events, v.fields FROM v WHERE true
    ON CONFLICT (series_id, slots, slot) DO UPDATE SET events = excluded.events, fields = excluded.fields
"""
_DROP = "DELETE FROM store_tally WHERE (series_id, slots, slot) IN (SELECT v.series, v.slots, v.slot FROM v)"
Place = tuple[int, int, str, int, int]
"""Of a tally: workspace, category, its name, slots, slot."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far has been tallied: all up to ``upto``, and most up to ``reached``."""

    turn: int
    upto: str
    reached: str

    @property
    def recent(self) -> str:
        """An id beyond which there may be events that are not tallied; ``LATEST`` ones that come late excepted."""
        return max(self.upto, look_back(self.reached))


@packed
@dataclass(frozen=True, slots=True)
class TallyUp:
    """Take some events into the tallies, at once with moving the mark. Answered with whether that was possible.

    ``turn`` is the mark's as they were looked at; ``events`` are their ids beyond ``upto``; ``tallies`` rows of
    workspace, category, name, slots, slot, events and fields, to be added to what is there.
    """

    turn: int
    upto: str
    reached: str
    events: Sequence[str]
    tallies: Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What to do next. ``last`` is where the batch ended, None when no more events wait; ``unit`` may be None."""

    unit: TallyUp | None
    last: str | None


def mark() -> Mark:
    """Return how far has been tallied."""
    turn, upto, reached = ask(_MARK, ())[0]
    return Mark(turn, hex_of(upto), hex_of(reached))


def next_batch(after: str | None, limit: int, now: datetime, settled: str | None) -> Batch:
    """Look at the next events that are not tallied, from an id on; None means about where the last run ended.

    With ``settled``, an id that was ``LATEST`` old when the run of batches began, the run is thorough: it begins where
    all before is known to be tallied, and moves that place on, at most to there.
    """
    known = mark()
    rows = ask(_WAITING, (after or (known.recent if settled is None else known.upto), limit))
    changes, seen = _changes(rows)
    is_end = len(seen) == len(rows) < limit
    reached = max(known.reached, min(seen[-1], id_at(now))) if seen else known.reached
    upto = known.upto if settled is None else max(known.upto, min(settled, reached if is_end else seen[-1]))
    ahead = [event for event in seen if event > upto]
    unit = TallyUp(known.turn, upto, reached, ahead, [(*place, one.events, one.text) for place, one in changes.items()])
    return Batch(unit if seen or upto > known.upto else None, None if is_end else seen[-1])


def tally_up(cursor: CursorWrapper, units: Sequence[TallyUp]) -> list[bool]:
    """Take the events into the tallies; inside a transaction."""
    return [_tally_up(cursor, unit) for unit in units]


def _tally_up(cursor: CursorWrapper, unit: TallyUp) -> bool:
    turn = {"turn": "bigint"}
    if not is_sqlite() and not query(cursor, _HOLD, turn, [(unit.turn,)]):
        return False  # somebody holds it, or has moved it; those who accept events do not wait for that
    moved = (unit.turn, unit.upto, unit.reached)
    if not query(cursor, _MOVE, {**turn, "upto": "uuid", "reached": "uuid"}, [moved]):
        return False
    query(cursor, _PASSED.format(limit=PASSED_MAX), {"id": "uuid"}, [(unit.upto,)])
    insert(cursor, "store_tallied", {"event_id": "uuid"}, [(event,) for event in unit.events])
    change(cursor, {row[:5]: Tally.of(*row[5:]) for row in unit.tallies})
    return True


def change(cursor: CursorWrapper, changes: Mapping[Place, Tally], sign: int = 1) -> None:
    """Add to the tallies, or take out of them; inside a transaction that holds the mark.

    A workspace that has gone meanwhile is left out.
    """
    series = _series(cursor, sorted({place[:3] for place in changes}))
    wanted = {(series[place[:3]], *place[3:]): one for place, one in changes.items() if place[:3] in series}
    rows = query(cursor, _TALLIES, _PLACE, sorted(wanted))
    found = {row[:3]: Tally.of(*row[3:]) for row in map(tuple, rows)}
    for place, one in wanted.items():
        found.setdefault(place, Tally()).add(one, sign)
    kept = [(*place, one.events, one.text) for place, one in sorted(found.items()) if not one.is_empty]
    query(cursor, _WRITE, {**_PLACE, "events": "bigint", "fields": "text"}, kept)
    query(cursor, _DROP, _PLACE, sorted(place for place, one in found.items() if one.is_empty))


def places(workspace: int, category: int | None, name: str, slot: int) -> Iterator[Place]:
    """Return the four tallies that hold an event: of its category and of all, of its slot and of its day."""
    for series in ((category or 0, name), ALL):
        yield workspace, *series, 1, slot
        yield workspace, *series, SLOTS_A_DAY, slot - slot % SLOTS_A_DAY


def _changes(rows: Sequence[Sequence[Any]]) -> tuple[dict[Place, Tally], list[str]]:
    """Tally the reports among some events, as many as one batch may change; return also all ids that were seen."""
    seen: list[str] = []
    slots: dict[tuple[int, int | None, str, int], Tally] = {}
    for event, workspace, category, name, at, fields, purpose in rows:
        seen.append(hex_of(event))
        if purpose == Purpose.REPORT:
            slots.setdefault((workspace, category, name, slot_of(instant(at))), Tally()).count(fields)
            if len(slots) >= SLOTS_MAX:
                break
    changes: dict[Place, Tally] = {}
    for slot, one in slots.items():
        for place in places(*slot):
            changes.setdefault(place, Tally()).add(one)
    return changes, seen


def _series(cursor: CursorWrapper, wanted: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], int]:
    """Return the ids of some series, new ones included."""
    query(cursor, _NEW_SERIES, _SERIES_COLUMNS, wanted)
    return {tuple(row[:3]): row[3] for row in query(cursor, _SERIES, _SERIES_COLUMNS, wanted)}
