"""Set-based statements that run on SQLite and on PostgreSQL: many rows in one statement.

A statement asks for its rows by name: ``WITH v(a, b) AS ({rows}) INSERT INTO t(a, b) SELECT a, b FROM v``. SQLite gets them as
VALUES in slices of a few fixed sizes, so that its statement cache hits; PostgreSQL as one array per column.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

Row = Sequence[Any]

_SLICES = (256, 64, 16, 4, 1)


def is_sqlite() -> bool:
    """Tell which of the two databases this is."""
    return connection.vendor == "sqlite"


def stamp(instant: datetime) -> Any:
    """Return an aware UTC instant as the database's own column value."""
    return instant.isoformat(" ", "microseconds")[:26] if is_sqlite() else instant


def optional_stamp(instant: datetime | None) -> Any:
    """As ``stamp``; None stays None."""
    return None if instant is None else stamp(instant)


def instant(value: Any) -> datetime:
    """Return a column value as an aware instant: SQLite gives text or, for declared columns, a datetime without zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    result: datetime = value
    return result.replace(tzinfo=UTC) if result.tzinfo is None else result


def for_update(of: str) -> str:
    """Return the clause that locks rows read: SQLite has none and needs none, its one writer is alone."""
    return "" if is_sqlite() else f" ORDER BY 1 FOR {of}"


def write(cursor: CursorWrapper, statement: str, columns: Mapping[str, str], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """Run a statement over the rows and return what its RETURNING clause gives.

    ``statement`` reads from ``v``; ``columns`` maps each column of ``v`` to its PostgreSQL type, in the rows' order.
    """
    returning = " RETURNING " in statement
    found: list[tuple[Any, ...]] = []
    names = ", ".join(columns)
    for source, params in _sources(tuple(columns.values()), rows):
        cursor.execute(f"WITH v({names}) AS ({source}) {statement}", params)
        if returning:
            found += cursor.fetchall()
    return found


def insert(cursor: CursorWrapper, table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Insert the rows."""
    names = ", ".join(columns)
    write(cursor, f"INSERT INTO {table} ({names}) SELECT {names} FROM v", columns, rows)


def _sources(types: tuple[str, ...], rows: Sequence[Row]) -> Iterator[tuple[str, list[Any]]]:
    if not is_sqlite():
        if rows:
            arrays = ", ".join(f"%s::{kind}[]" for kind in types)
            yield f"SELECT * FROM unnest({arrays})", [list(column) for column in zip(*rows, strict=True)]
        return
    start = 0
    for size in _SLICES:
        while len(rows) - start >= size:
            yield _values(size, len(types)), [value for row in rows[start : start + size] for value in row]
            start += size


@lru_cache(maxsize=64)
def _values(rows: int, columns: int) -> str:
    row = "(" + ",".join(["%s"] * columns) + ")"
    return "VALUES " + ",".join([row] * rows)
