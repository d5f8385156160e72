"""Set-based statements that run on SQLite and on PostgreSQL: many rows in one statement.

A statement asks for its rows by name: ``UPDATE t SET a = v.a FROM v WHERE t.id = v.id``, with ``v`` made of the rows.
SQLite gets them as VALUES in slices of a few fixed sizes, so that its statement cache hits; PostgreSQL as one array
per column.

On SQLite the statements go to the driver's own connection: Django's cursor would rewrite the placeholders of each,
which on the path of an event costs as much as the insert itself.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.store import arrays

Row = Sequence[Any]

_SLICES = (256, 64, 16, 4, 1)
_SPAN = re.compile(r"[\w.]{1,60} (?:BETWEEN :first AND :(?:last|after)|>= :first)\b")


@cache
def is_sqlite() -> bool:
    """Tell which of the two databases this process has."""
    return connection.vendor == "sqlite"


def stamp(instant: datetime) -> Any:  # noqa: ANN401 - what each database takes for an instant
    """Return an aware UTC instant as the database's own column value."""
    return instant.isoformat(" ")[:-6] if is_sqlite() else instant  # SQLite compares text: Django's form, to the letter


def optional_stamp(instant: datetime | None) -> Any:  # noqa: ANN401 - as above
    """As ``stamp``; None stays None."""
    return None if instant is None else stamp(instant)


def now_sql() -> str:
    """Return the expression for the present by the database's own clock, in the form of a column."""
    return "strftime('%Y-%m-%d %H:%M:%f', 'now')" if is_sqlite() else "statement_timestamp()"


def instant(value: Any) -> datetime:  # noqa: ANN401 - as above
    """Return a column value as an aware instant: SQLite gives text, or a datetime without zone."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    result: datetime = value
    return result.replace(tzinfo=UTC) if result.tzinfo is None else result


def lock_clause(strength: str) -> str:
    """Return the clause that locks the rows read; SQLite has none and needs none, since its one writer is alone."""
    return "" if is_sqlite() else f" ORDER BY 1 FOR {strength}"


def query(cursor: CursorWrapper, statement: str, columns: Mapping[str, str], rows: Sequence[Row]) -> list[Any]:
    """Run a statement that reads ``v`` and return the rows it gives.

    ``columns`` maps each column of ``v`` to its PostgreSQL type, in the rows' order. Where the first of them is an id,
    ``BETWEEN :first AND :last``, or ``:after`` for what was made right behind, says between which ids everything lies
    that the statement is about: PostgreSQL leaves the other months alone from its planning on. Nothing else changes.
    """
    return begun(cursor, statement, columns, rows)()


def begun(
    cursor: CursorWrapper, statement: str, columns: Mapping[str, str], rows: Sequence[Row]
) -> Callable[[], list[Any]]:
    """As ``query``; the rows are waited for when they are asked for, inside ``without_waiting``."""
    found: list[Any] = []
    if is_sqlite():
        driver: sqlite3.Connection = cursor.connection
        names = ", ".join(columns)
        with connection.wrap_database_errors:
            for size, params in _slices(rows):
                found += driver.execute(_select(statement, names, size, len(columns)), params).fetchall()
    elif rows:
        if connection.queries_logged:
            connection.queries_log.append(arrays.written(cursor.connection, statement, columns, rows))
        with connection.wrap_database_errors:
            return connection.wrap_database_errors(arrays.begin(cursor.connection, statement, columns, rows))
    return lambda: found


@contextmanager
def without_waiting() -> Iterator[None]:
    """Make a transaction of statements that follow each other without waiting for the server's word.

    PostgreSQL carries one out while the next is being put together, and commits without being asked once more. What
    goes wrong is raised where rows are asked for, or at the end of the block. The statements are those of this module:
    Django cannot tell how many rows one of its own has changed.
    """
    if is_sqlite():
        with transaction.atomic():
            yield
        return
    connection.ensure_connection()
    driver = connection.connection
    with connection.wrap_database_errors:
        try:
            with driver.pipeline():
                driver.execute("BEGIN")
                yield
                driver.execute("COMMIT")
        except BaseException:
            if not driver.closed:
                driver.rollback()
            raise


def ask(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a question on the connection of this thread and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def hex_of(value: UUID | str) -> str:
    """Return an id column as 32 hex digits: SQLite gives text, PostgreSQL a UUID."""
    return value if isinstance(value, str) else value.hex


def insert(
    cursor: CursorWrapper,
    table: str,
    columns: Mapping[str, str],
    rows: Sequence[Row],
    made: tuple[tuple[str, str], ...] = (),
) -> None:
    """Insert the rows; ``made`` are further columns, or some of the same names, each with the SQL of its value."""
    query(cursor, _insert(table, tuple(columns), made), columns, rows)


def _slices(rows: Sequence[Row]) -> Iterator[tuple[int, list[Any]]]:
    params, left = list(chain.from_iterable(rows)), len(rows)
    start, columns = 0, len(params) // max(1, left)
    for size in _SLICES:
        while left >= size:
            yield size, params[start : start + size * columns]
            start, left = start + size * columns, left - size


@lru_cache(maxsize=128)
def _select(statement: str, names: str, rows: int, columns: int) -> str:
    return f"WITH v({names}) AS (VALUES {_marks(rows, columns)}) {_SPAN.sub('true', statement)}"


@lru_cache(maxsize=128)
def _insert(table: str, columns: tuple[str, ...], made: tuple[tuple[str, str], ...]) -> str:
    values = {**dict(zip(columns, columns, strict=True)), **dict(made)}
    return f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM v"


def _marks(rows: int, columns: int) -> str:
    return ",".join(["(" + ",".join(["?"] * columns) + ")"] * rows)
