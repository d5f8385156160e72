"""Counts and sums over a range of time, for a whole workspace or one category."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.filters import Clause, Filter, conditions_of, joined
from pingpilot.store.sql import ask, is_sqlite

FIELDS_MAX = 100
_SUM_DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Count:
    """How many events of one category, status and UTC day. ``category`` is None for events of deleted ones."""

    category: int | None
    name: str
    status: str
    day: date
    events: int


@dataclass(frozen=True, slots=True)
class Sum:
    """A field's numbers: how many events had one, and their sum."""

    name: str
    events: int
    total: Decimal


def counts(workspace: WorkspaceId, wanted: Filter) -> list[Count]:
    """Return the counts of reports, one row per category, status and day that had any."""
    day = "substr(e.occurred_at, 1, 10)" if is_sqlite() else "(e.occurred_at AT TIME ZONE 'UTC')::date"
    name = "CASE WHEN e.category_id IS NULL THEN e.category_name ELSE '' END"
    condition = _reports(workspace, wanted)
    rows = ask(
        f"SELECT e.category_id, {name}, e.status, {day}, COUNT(*) FROM store_event e WHERE {condition.sql} "
        "GROUP BY 1, 2, 3, 4",
        condition.params,
    )
    return [Count(row[0], row[1], row[2], date.fromisoformat(str(row[3])), row[4]) for row in rows]


def sums(workspace: WorkspaceId, wanted: Filter) -> list[Sum]:
    """Return the sums of the numeric fields, at most ``FIELDS_MAX``, the most frequent first."""
    each, value, number = "json_each(e.fields) f", "f.value", "f.type IN ('integer', 'real')"
    if not is_sqlite():
        each, value = "json_each(e.fields::json) AS f(key, value)", "(f.value #>> '{}')::numeric"
        number = "json_typeof(f.value) = 'number'"
    condition = _reports(workspace, wanted)
    rows = ask(
        f"SELECT f.key, COUNT(*), SUM(CASE WHEN {number} THEN {value} END) FROM store_event e, {each} "
        f"WHERE {condition.sql} AND {number} GROUP BY f.key ORDER BY 2 DESC, f.key LIMIT {FIELDS_MAX}",
        condition.params,
    )
    return [Sum(name, events, exact(total)) for name, events, total in rows]


def _reports(workspace: WorkspaceId, wanted: Filter) -> Clause:
    conditions = conditions_of(workspace, wanted)
    of_reports = Clause("e.purpose = %s", (Purpose.REPORT.value,))
    return joined([*conditions.leading, *conditions.checked, of_reports])


def exact(total: float | Decimal) -> Decimal:
    """Return a sum as people add: SQLite adds floats, and 0.1 + 0.2 must read 0.3."""
    return Decimal(repr(round(total, _SUM_DECIMALS))) if isinstance(total, float) else Decimal(total)
