"""What is moved: each table, its key and its columns, and how either database is asked for a row in the same words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import UniqueConstraint

FULL_TEXT = "tsvector"
KEYS = {"store_attempt": ("delivery_id", "id")}
"""Of large tables whose rows either database finds by more than their id: what belongs together lies together."""

Key = tuple[Any, ...]
"""The values of a row's key: numbers, or text in the order of its bytes."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key, and its columns with PostgreSQL's type of each.

    ``is_plain``: no row has anything to itself but its key. Any other table has to be seen whole, or two rows that were
    read at different moments might both claim what only one can have.
    """

    name: str
    key: Sequence[str]
    columns: dict[str, str]
    is_plain: bool

    def key_of(self, row: Sequence[Any]) -> Key:
        """Return the key in a row of all columns."""
        names = list(self.columns)
        return tuple(row[names.index(name)] for name in self.key)


def tables() -> list[Table]:
    """Return all tables that are moved; always in the same order."""
    models = [model._meta for model in apps.get_models(include_auto_created=True)]  # noqa: SLF001 - documented
    found = [
        Table(
            one.db_table,
            KEYS.get(one.db_table) or [str(field.column) for field in one.pk_fields],
            {str(field.column): str(field.db_type(connection)) for field in one.concrete_fields},
            is_plain=_is_plain(one),
        )
        for one in models
        if one.managed and not one.proxy
    ]
    # an event is filed once, and never again: its id is never another row's
    columns = {"number": "bigint", "event_id": "uuid", "words": FULL_TEXT}
    return [*found, Table("store_search", ["number"], columns, is_plain=True)]


def _is_plain(meta: Any) -> bool:  # noqa: ANN401 - Django's options of a model
    """Tell whether nothing but the key is unique."""
    has_unique = any(field.unique and not field.primary_key for field in meta.concrete_fields)
    has_constraint = any(isinstance(one, UniqueConstraint) for one in meta.constraints)
    return not (has_unique or has_constraint or meta.unique_together)


def quoted(name: str) -> str:
    """Return a name as both databases take it."""
    return f'"{name}"'


def listed(names: Sequence[str], of: str = "") -> str:
    """Return names for a statement, each as a column ``of`` a table if given."""
    return ", ".join(f"{of}.{quoted(name)}" if of else quoted(name) for name in names)


def from_sqlite(table: Table) -> list[str]:
    """Return the expressions that say the columns as they are compared."""
    return [_from_sqlite(quoted(name), kind) for name, kind in table.columns.items()]


def from_postgresql(table: Table) -> list[str]:
    """Return the expressions that say the columns as SQLite does."""
    return [_from_postgresql(quoted(name), kind) for name, kind in table.columns.items()]


def for_copy(table: Table) -> list[str]:
    """Return the expressions that say SQLite's columns as COPY takes them. Words hold letters, digits and # alone."""
    return [
        f"'''' || replace({quoted(name)}, ' ', ''' ''') || ''''" if kind == FULL_TEXT else quoted(name)
        for name, kind in table.columns.items()
    ]


def in_order(table: Table) -> list[str]:
    """Return PostgreSQL's expressions for the key in the order that SQLite has: of text, that of its bytes."""
    return [quoted(name) + (' COLLATE "C"' if _is_text(table.columns[name]) else "") for name in table.key]


def between(key: Sequence[str], mark: str, after: Key | None, upto: Key | None) -> tuple[str, list[Any]]:
    """Return the condition for a stretch of keys, without its begin and with its end, and its parameters."""
    names, marks = _row(key), _row([mark] * len(key))
    bounds = [(">", after), ("<=", upto)]
    given = [(f"{names} {sign} {marks}", bound) for sign, bound in bounds if bound is not None]
    return " AND ".join(text for text, _ in given) or "true", [value for _, bound in given for value in bound]


def _row(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)})" if len(parts) > 1 else parts[0]


def _is_text(kind: str) -> bool:
    return kind.startswith(("varchar", "character", "text"))


def _from_sqlite(column: str, kind: str) -> str:
    if kind == "timestamp with time zone":
        return f"CASE WHEN instr({column}, '.') THEN rtrim(rtrim({column}, '0'), '.') ELSE {column} END"
    return column


def _from_postgresql(column: str, kind: str) -> str:
    match kind:
        case "timestamp with time zone":
            return f"left({column}::text, -3)"  # without the zone, +00
        case "uuid":
            return f"replace({column}::text, '-', '')"
        case "boolean":
            return f"{column}::int"
        case "jsonb":
            return f"{column}::text"
        case "tsvector":
            return f"array_to_string(tsvector_to_array({column}), ' ')"
        case _:
            return column
