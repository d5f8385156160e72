"""Which events are wanted, and how to ask for them: what an index leads to, and what is looked at event by event."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pingpilot.domain.event import EventStatus, Purpose, Severity
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.models import Category
from pingpilot.store.sql import is_sqlite, stamp

OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
"""Comparisons of a field, by the name that stands behind it in a query."""
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?", re.ASCII)
_LEADER = re.compile(r"(?<!\+)\b(e\.workspace_id|e\.category_id) =")
_BOOLEANS = ("true", "false")
_INTEGER_BITS = 63
_MARKED = (Severity.WARNING, Severity.CRITICAL, Severity.SUCCESS)
"""Severities with an index; most events have the other one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field compared with a value, ``operator`` one of ``OPERATORS``.

    Order is numeric where the value reads as a number, and then only fields that hold numbers pass; else it is that of
    the characters. ``eq`` takes number, text and truth alike; ``ne`` passes what has the field with another value.
    """

    name: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted; ``start`` is included, ``end`` is not. ``category`` is a lower-case name."""

    category: str | None = None
    status: EventStatus | None = None
    severity: Severity | None = None
    start: datetime | None = None
    end: datetime | None = None
    fields: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition on ``store_event e`` with the values of its placeholders."""

    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Lead:
    """The conditions that an index of ``store_event`` serves, in the order of the list, and its name."""

    index: str
    clauses: tuple[Clause, ...]

    @property
    def source(self) -> str:
        """The table to ask. SQLite has nothing to tell indexes apart by, and guesses wrong now and then: it is told."""
        return f"store_event e INDEXED BY {self.index}" if is_sqlite() else "store_event e"


@dataclass(frozen=True, slots=True)
class Conditions:
    """``lead`` and ``span``, a range of time, are served by one index. ``checked``: looked at event by event."""

    lead: Lead
    span: tuple[Clause, ...]
    checked: tuple[Clause, ...] = ()

    @property
    def leading(self) -> tuple[Clause, ...]:
        """All that the index serves."""
        return self.lead.clauses + self.span


def conditions_of(workspace: WorkspaceId, wanted: Filter) -> Conditions:
    """Return the conditions; of status, severity and category the first that has an index leads."""
    category = _category(workspace, wanted.category)
    lead = _lead(workspace, wanted, category)
    checked = []
    if wanted.status and wanted.status is not EventStatus.FAILED:
        checked.append(Clause("e.status = %s", (wanted.status.value,)))
    if wanted.severity and lead.index != "event_by_severity":
        checked.append(Clause("e.severity = %s", (wanted.severity.value,)))
    if category and category not in lead.clauses:  # the plus keeps PostgreSQL from its index, too
        checked.append(Clause(category.sql.replace("e.category_id", "+e.category_id"), category.params))
    checked += [_compared(comparison) for comparison in wanted.fields]
    return Conditions(lead, within(wanted.start, wanted.end), tuple(checked))


def visible() -> Clause:
    """Leave out the proofs of addresses: their links are secrets."""
    return Clause("e.purpose <> %s", (Purpose.PROOF.value,))


def joined(clauses: Iterable[Clause]) -> Clause:
    """Return all conditions as one."""
    each = list(clauses)
    return Clause(
        " AND ".join(clause.sql for clause in each), tuple(value for clause in each for value in clause.params)
    )


def unled(conditions: Conditions) -> Clause:
    """Return all conditions as one that leads to no index, for events that are fetched by their ids.

    SQLite would go through all of a workspace's events rather than fetch some hundreds by id; the plus forbids it.
    """
    whole = joined([*conditions.leading, *conditions.checked, visible()])
    return Clause(_LEADER.sub(r"+\1 =", whole.sql), whole.params)


def within(start: datetime | None, end: datetime | None) -> tuple[Clause, ...]:
    """Return the conditions of a range of time; ``start`` is included, ``end`` is not."""
    first = () if start is None else (Clause("e.occurred_at >= %s", (stamp(start),)),)
    last = () if end is None else (Clause("e.occurred_at < %s", (stamp(end),)),)
    return first + last


def lead_by_category(workspace: WorkspaceId, category: Clause | None) -> Lead:
    """Return what leads to the events of a workspace, or to those of a category by its own, narrower index."""
    mine = Clause("e.workspace_id = %s", (workspace,))
    if category is None:
        return Lead("event_by_time", (mine,))
    if "NULL" in category.sql:
        return Lead("event_without_category", (mine, category))
    return Lead("event_by_category", (category,))  # it is the workspace's; asked twice, PostgreSQL expects hardly any


def category_clause(pk: int | None, name: str) -> Clause:
    """Find events of a category that exists by its id, those kept of a deleted one by its name."""
    if pk is not None:
        return Clause("e.category_id = %s", (pk,))
    return Clause("e.category_id IS NULL AND e.category_name = %s", (name,))


def _lead(workspace: WorkspaceId, wanted: Filter, category: Clause | None) -> Lead:
    mine = Clause("e.workspace_id = %s", (workspace,))
    if wanted.status is EventStatus.FAILED:
        return Lead("event_failed_by_time", (mine, Clause("e.status = 'FAILED'")))
    if wanted.severity in _MARKED:
        severity = Clause(f"NOT (e.severity = 'info') AND e.severity = '{wanted.severity.value}'")
        return Lead("event_by_severity", (mine, severity))
    return lead_by_category(workspace, category)


def _category(workspace: WorkspaceId, name: str | None) -> Clause | None:
    if name is None:
        return None
    pk = Category.objects.filter(workspace=workspace, name=name).values_list("pk", flat=True).first()
    return category_clause(pk, name)


def _compared(comparison: Comparison) -> Clause:
    """Return the condition that a field of that name passes the comparison."""
    if comparison.operator == "ne":
        passing = _passes(comparison.value, "=")
        passing = Clause(f"NOT ({passing.sql})", passing.params)
    else:
        passing = _passes(comparison.value, OPERATORS[comparison.operator])
    each = "json_each(e.fields) f" if is_sqlite() else "json_each(e.fields::json) AS f(key, value)"
    return Clause(
        f"EXISTS (SELECT 1 FROM {each} WHERE f.key = %s AND ({passing.sql}))", (comparison.name, *passing.params)
    )


def _passes(value: str, operator: str) -> Clause:
    number = _number(value)
    is_order = operator != "="
    params: list[str | int | float | Decimal] = []
    as_number = as_truth = as_text = "false"
    if number is not None:
        as_number = f"f.value {operator} %s" if is_sqlite() else f"(f.value #>> '{{}}')::numeric {operator} %s::numeric"
        params.append(number)
    if value in _BOOLEANS and not is_order:
        as_truth = "f.type = %s" if is_sqlite() else "(f.value #>> '{}') = %s"
        params.append(value)
    if number is None or not is_order:
        as_text = f"f.value {operator} %s" if is_sqlite() else f"(f.value #>> '{{}}') COLLATE \"C\" {operator} %s"
        params.append(value)
    kinds = ("f.type", "integer', 'real", "true', 'false", "text")
    if not is_sqlite():
        kinds = ("json_typeof(f.value)", "number", "boolean", "string")
    sql = (
        f"CASE WHEN {kinds[0]} IN ('{kinds[1]}') THEN {as_number} WHEN {kinds[0]} IN ('{kinds[2]}') THEN {as_truth} "
        f"WHEN {kinds[0]} IN ('{kinds[3]}') THEN {as_text} ELSE false END"
    )
    return Clause(sql, tuple(params))


def _number(value: str) -> int | float | Decimal | None:
    """Return a value that reads as a number as the database takes it, else None."""
    if not _NUMBER.fullmatch(value):
        return None
    exact = Decimal(value)
    if not is_sqlite():
        return exact
    is_integer = value.lstrip("+-").isdigit() and abs(exact) < 1 << _INTEGER_BITS
    return int(exact) if is_integer else float(exact)
