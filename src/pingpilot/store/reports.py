"""Reports one by one, for what is not in the tallies or only in part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.filters import Clause, Conditions, category_clause, joined, lead_by_category, unled, within
from pingpilot.store.models import Category
from pingpilot.store.sql import ask, instant
from pingpilot.store.tallying import Mark

AHEAD_MAX = 50_000
"""Events beyond the mark that are looked at by their ids; of more, only those of the workspace and the time are."""
_CHUNK = 2_000
_REPORT = Clause("e.purpose = %s", (Purpose.REPORT.value,))
_COLUMNS = "SELECT e.category_id, e.category_name, e.occurred_at, e.fields"
_NOT_TALLIED = "NOT EXISTS (SELECT 1 FROM store_tallied t WHERE t.event_id = e.id)"


@dataclass(frozen=True, slots=True)
class Report:
    """What counts of an event. ``category`` is None where it is deleted; ``name`` is the present one, or the last."""

    category: int | None
    name: str
    at: datetime
    fields: str


@dataclass(frozen=True, slots=True)
class Scope:
    """A workspace or one of its categories, by its lower-case name. ``names`` are those of all categories, by id."""

    workspace: WorkspaceId
    category: str | None
    names: Mapping[int, str]

    @classmethod
    def of(cls, workspace: WorkspaceId, category: str | None) -> "Scope":
        """Look up the names."""
        return cls(workspace, category, dict(Category.objects.filter(workspace=workspace).values_list("pk", "name")))

    @property
    def pk(self) -> int | None:
        """The id of the category; None where there is none of that name any more."""
        return next((pk for pk, name in self.names.items() if name == self.category), None)

    def conditions(self, start: datetime, end: datetime) -> Conditions:
        """Return the conditions of its events in a range of time."""
        category = None if self.category is None else category_clause(self.pk, self.category)
        return Conditions(lead_by_category(self.workspace, category), within(start, end))


def counts(scope: Scope, ranges: Sequence[tuple[datetime, datetime]], limit: int) -> list[int]:
    """Return how many events happened in each of some ranges, at most ``limit`` each; read from an index."""
    parts, params = [], list[Any]()
    for start, end in ranges:
        conditions = scope.conditions(start, end)
        condition = joined(conditions.leading)
        found = f"SELECT 1 FROM {conditions.lead.source} WHERE {condition.sql} LIMIT %s"
        parts.append(f"(SELECT COUNT(*) FROM ({found}) found)")
        params += [*condition.params, limit]
    return list(ask(f"SELECT {', '.join(parts)}", params)[0])


def between(scope: Scope, start: datetime, end: datetime) -> Iterator[Report]:
    """Give the reports from ``start`` until before ``end``."""
    conditions = scope.conditions(start, end)
    return _reports(scope, conditions.lead.source, joined([*conditions.leading, _REPORT]))


def not_tallied(scope: Scope, known: Mark, start: datetime, end: datetime) -> Iterator[Report]:
    """Give those reports from ``start`` until before ``end`` that are not in the tallies."""
    ahead = ask(
        "SELECT COUNT(*) FROM (SELECT 1 FROM store_event e WHERE e.id > %s LIMIT %s) found", (known.recent, AHEAD_MAX)
    )
    conditions = scope.conditions(start, end)
    source, whole = conditions.lead.source, joined(conditions.leading)
    if ahead[0][0] < AHEAD_MAX:
        source, whole = "store_event e", unled(conditions)
    after = Clause(f"e.id > %s AND {_NOT_TALLIED}", (known.recent,))
    return _reports(scope, source, joined([whole, _REPORT, after]))


def _reports(scope: Scope, source: str, condition: Clause) -> Iterator[Report]:
    """Ask, and take the rows a few at a time: while the tallies are far behind, there may be millions."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{_COLUMNS} FROM {source} WHERE {condition.sql}", condition.params)
        while rows := cursor.fetchmany(_CHUNK):
            yield from (_report(scope, row) for row in rows)


def _report(scope: Scope, row: Sequence[Any]) -> Report:
    return Report(row[0], scope.names.get(row[0], row[1]), instant(row[2]), row[3])
