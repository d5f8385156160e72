"""Reading the tallies: of some series, in some slots."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from pingpilot.domain.tally import SLOTS_A_DAY, Tally
from pingpilot.store.reports import Scope
from pingpilot.store.sql import ask, query
from pingpilot.store.tallying import ALL

_STRETCH = {"series": "bigint", "slots": "smallint", "first": "integer", "last": "integer"}
_WITHIN = (
    "v JOIN store_tally t ON t.series_id = v.series AND t.slots = v.slots AND t.slot >= v.first AND t.slot < v.last"
)
_WHOLE = f"SELECT t.series_id, t.slot, t.events, t.fields FROM {_WITHIN}"
_BY_SERIES = f"SELECT t.series_id, SUM(t.events) FROM {_WITHIN} GROUP BY t.series_id"
_BY_SLOT = f"SELECT t.slot, SUM(t.events) FROM {_WITHIN} GROUP BY t.slot"
_BY_DAY = f"SELECT t.series_id, t.slot, SUM(t.events) FROM {_WITHIN} GROUP BY t.series_id, t.slot"
_BY_STRETCH = f"SELECT t.series_id, v.first, SUM(t.events) FROM {_WITHIN} GROUP BY t.series_id, v.first"
_SERIES = "SELECT id, category, name FROM store_series WHERE workspace_id = %s"


@dataclass(frozen=True, slots=True)
class Series:
    """Of a scope: ids with the names of their categories, and the id of the workspace's own, where it has one."""

    categories: Mapping[int, str]
    all: int | None


def series_of(scope: Scope) -> Series:
    """Return the series of the category, or of all where the scope is the workspace.

    One of a category that exists has its present name; others keep the name that their events had.
    """
    rows = ask(_SERIES, (scope.workspace,))
    found: dict[int, str] = {}
    for pk, category, name in rows:
        present = scope.names.get(category)
        is_wanted = scope.category is None or (
            category == scope.pk if scope.pk is not None else present is None and name == scope.category
        )
        if is_wanted and (category, name) != ALL:
            found[pk] = present or name
    return Series(found, next((pk for pk, *what in rows if tuple(what) == ALL), None))


def whole(series: Iterable[int], slots: range) -> Iterator[tuple[int, int, Tally]]:
    """Give the tallies of some series in these slots, those of whole days as one: series, first slot, tally."""
    with connection.cursor() as cursor:
        for pk, slot, events, fields in query(cursor, _WHOLE, _STRETCH, _stretches(series, slots)):
            yield pk, slot, Tally.of(events, fields)


def events_by_series(series: Iterable[int], slots: range) -> Counter[int]:
    """Return how many events each series has in these slots."""
    return _sums(_BY_SERIES, _stretches(series, slots))


def events_by_slot(series: Iterable[int], slots: range) -> Counter[int]:
    """Return how many events some series together have in each of these slots."""
    return _sums(_BY_SLOT, [(pk, 1, slots.start, slots.stop) for pk in series])


def events_by_day(series: Iterable[int], edges: Sequence[int]) -> dict[int, list[int]]:
    """Return how many events each series has from each slot of ``edges`` until the next: about a day, in any time zone.

    Read from the days of UTC, and from what lies between the midnights of UTC and those of the zone: few rows, and none
    of the latter in UTC itself.
    """
    pks, midnights = list(series), [(edge + SLOTS_A_DAY // 2) // SLOTS_A_DAY * SLOTS_A_DAY for edge in edges]
    days = {pk: [0] * (len(edges) - 1) for pk in pks}
    with connection.cursor() as cursor:
        whole_days = [(pk, SLOTS_A_DAY, midnights[0], midnights[-1]) for pk in pks]
        for pk, slot, events in query(cursor, _BY_DAY, _STRETCH, whole_days):
            days[pk][bisect_right(midnights, slot) - 1] += int(events)
        between = {
            min(pair): (at, pair) for at, pair in enumerate(zip(midnights, edges, strict=True)) if len({*pair}) > 1
        }
        nights = [(pk, 1, *sorted(pair)) for pk in pks for _, pair in between.values()]
        for pk, first, events in query(cursor, _BY_STRETCH, _STRETCH, nights):
            at, (midnight, edge) = between[first]
            _move(days[pk], at, int(events) if midnight < edge else -int(events))
    return days


def _move(days: list[int], at: int, events: int) -> None:
    """Count events before edge ``at`` that the days of UTC have after it; a negative number the other way round."""
    if at > 0:
        days[at - 1] += events
    if at < len(days):
        days[at] -= events


def _sums(statement: str, rows: list[tuple[int, ...]]) -> Counter[int]:
    found: Counter[int] = Counter()
    with connection.cursor() as cursor:
        for key, events in query(cursor, statement, _STRETCH, rows):
            found[key] += int(events)
    return found


def _stretches(series: Iterable[int], slots: range) -> list[tuple[int, ...]]:
    """Return which tallies make up these slots: days where they are whole, single slots before and after."""
    first, last = -(-slots.start // SLOTS_A_DAY) * SLOTS_A_DAY, slots.stop // SLOTS_A_DAY * SLOTS_A_DAY
    parts = [(SLOTS_A_DAY, first, last), (1, slots.start, first), (1, last, slots.stop)]
    if first >= last:
        parts = [(1, slots.start, slots.stop)]
    return [(pk, *part) for pk in series for part in parts if part[1] < part[2]]
