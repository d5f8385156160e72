"""Moving the embedded database over to PostgreSQL: every row as it is, and the proof that it arrived.

The process has PostgreSQL as its database and reads the SQLite file beside it. All happens in one transaction: whoever
looks at the new database sees all of the old one, or nothing. The rows go over in the text form of COPY, which takes
what SQLite keeps as it is: instants without a zone are UTC there, as they are for the session.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import DatabaseError

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.deliveries import Rescue, rescue

BATCH = 2_000
"""Rows that are held in memory at a time."""
FULL_TEXT = "tsvector"
MADE_BY_MIGRATIONS = frozenset({"django_migrations", "django_content_type", "auth_permission", "store_tallymark"})
"""Tables that hold rows in a database where nothing was ever done."""
DERIVED = ("store_search_words", "sqlite_", "django_migrations")
"""Beginnings of the names of SQLite's tables that PostgreSQL has no use for, or fills by itself."""

_SESSION = "SET LOCAL TIME ZONE 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL lock_timeout = '10s'"
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'pingpilot' AND pid <> pg_backend_pid()
"""
_SEQUENCE = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
_Progress = Callable[[int], None]
"""Is told how many rows more are done."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its key, and its columns with PostgreSQL's type of each."""

    name: str
    key: Sequence[str]
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Compared:
    """What a table holds on both sides: how many rows, and their SHA-256 in the order of the key."""

    table: str
    rows: int
    arrived: int
    digest: str
    digest_arrived: str

    @property
    def is_same(self) -> bool:
        """Tell whether each row arrived as it was."""
        return (self.rows, self.digest) == (self.arrived, self.digest_arrived)


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the SQLite database as of one moment, for reading alone; raises ConfigurationError when it is none."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)) as file:
            file.execute("PRAGMA query_only = ON")
            file.execute("BEGIN")
            file.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the transaction begins with what is read
            yield file
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error


def migrations_in(file: sqlite3.Connection) -> set[tuple[str, str]]:
    """Return which migrations were made in the SQLite database: pairs of application and name."""
    return {(app, name) for app, name in file.execute("SELECT app, name FROM django_migrations")}


def require_empty() -> None:
    """See that the new database answers and holds nothing; changes nothing. Raises ConfigurationError."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(_OTHERS)
            others = int(cursor.fetchone()[0])
            cursor.execute("SET lock_timeout = '10s'")
            there = set(connection.introspection.table_names(cursor))
            held = [one.name for one in tables() if one.name in there - MADE_BY_MIGRATIONS and _has_rows(cursor, one)]
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigurationError(f"The new database does not answer ({reason}). Check its address.") from error
    if others:
        raise ConfigurationError("PingPilot is running on the new database. Stop it there first.")
    if held:
        raise ConfigurationError(f"The new database is not empty: {held[0]} has rows. Give one that is.")
    if there and "django_migrations" not in there:
        raise ConfigurationError(
            f"The new database belongs to something else: it has the table {min(there)}. Give one that is empty."
        )


def tables() -> list[Table]:
    """Return all tables that are moved."""
    models = [model._meta for model in apps.get_models(include_auto_created=True)]  # noqa: SLF001 - documented
    found = [
        Table(
            one.db_table,
            [str(field.column) for field in one.pk_fields],
            {str(field.column): str(field.db_type(connection)) for field in one.concrete_fields},
        )
        for one in models
        if one.managed and not one.proxy
    ]
    search = Table("store_search", ["number"], {"number": "bigint", "event_id": "uuid", "words": FULL_TEXT})
    return [*found, search]


def count(file: sqlite3.Connection) -> int:
    """Return how many rows there are to move."""
    return sum(int(file.execute(f'SELECT count(*) FROM "{one.name}"').fetchone()[0]) for one in tables())


def unknown_tables(file: sqlite3.Connection) -> list[str]:
    """Return the tables of the SQLite database that would be left behind; there are none that are ours."""
    ours = {one.name for one in tables()}
    names = [str(name) for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
    return [name for name in names if name not in ours and not name.startswith(DERIVED)]


def move(file: sqlite3.Connection, now: datetime, copied: _Progress, read: _Progress) -> list[Compared]:
    """Copy every table and read all back from both sides; keeps nothing unless all is the same.

    Deliveries that a worker had taken up wait for the next one. ``copied`` hears of each row once, ``read`` twice.
    Raises ConfigurationError when a row cannot be copied.
    """
    wanted = tables()
    with _said("The copy"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SESSION)
        cursor.execute(f"TRUNCATE {', '.join(_quoted(one.name) for one in wanted)} RESTART IDENTITY")
        for table in wanted:
            _copy(file, cursor, table, copied)
        compared = [_compare(file, table, read) for table in wanted]
        if all(one.is_same for one in compared):
            _set_sequences(file, cursor, {one.name for one in wanted})
            rescue(cursor, [Rescue(now, is_everyone_gone=True)])
        else:
            transaction.set_rollback(True)
    return compared


def analyze() -> None:
    """Let PostgreSQL know what came in, so that its first answers are quick."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(_quoted(one.name) for one in tables())}")


def _has_rows(cursor: CursorWrapper, table: Table) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {_quoted(table.name)})")
    return bool(cursor.fetchone()[0])


def _quoted(name: str) -> str:
    return f'"{name}"'


def _copy(file: sqlite3.Connection, cursor: CursorWrapper, table: Table, copied: _Progress) -> None:
    names = ", ".join(map(_quoted, table.columns))
    values = [_as_copied(_quoted(name), kind) for name, kind in table.columns.items()]
    rows = file.execute(_select(table, values, [_quoted(name) for name in table.key]))
    statement = f"COPY {_quoted(table.name)} ({names}) FROM STDIN"
    with _said(f"A row of {table.name}"), connection.wrap_database_errors, cursor.copy(statement) as copy:
        while batch := rows.fetchmany(BATCH):
            for row in batch:
                copy.write_row(row)
            copied(len(batch))


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Turn what PostgreSQL refuses into ConfigurationError."""
    try:
        yield
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        raise ConfigurationError(f"{what} was refused ({reason}). Nothing was kept in the new database.") from error


def _select(table: Table, values: Sequence[str], key: Sequence[str]) -> str:
    return f"SELECT {', '.join(values)} FROM {_quoted(table.name)} ORDER BY {', '.join(key)}"


def _as_copied(column: str, kind: str) -> str:
    """Return what SQLite has to say of a column for COPY. Words hold letters, digits and # alone."""
    return f"'''' || replace({column}, ' ', ''' ''') || ''''" if kind == FULL_TEXT else column


def _compare(file: sqlite3.Connection, table: Table, read: _Progress) -> Compared:
    key = [_quoted(name) for name in table.key]
    here = [_from_sqlite(_quoted(name), kind) for name, kind in table.columns.items()]
    rows, digest = _digest(file.execute(_select(table, here, key)), table, read)
    there = [_from_postgresql(_quoted(name), kind) for name, kind in table.columns.items()]
    order = [f'{_quoted(name)} COLLATE "C"' if _is_text(table.columns[name]) else _quoted(name) for name in table.key]
    with connection.chunked_cursor() as cursor:  # the server keeps what was not read yet
        cursor.execute(_select(table, there, order))
        arrived, digest_arrived = _digest(cursor, table, read)
    return Compared(table.name, rows, arrived, digest, digest_arrived)


def _is_text(kind: str) -> bool:
    return kind.startswith(("varchar", "character", "text"))


def _from_sqlite(column: str, kind: str) -> str:
    if kind == "timestamp with time zone":
        return f"CASE WHEN instr({column}, '.') THEN rtrim(rtrim({column}, '0'), '.') ELSE {column} END"
    return column


def _from_postgresql(column: str, kind: str) -> str:
    """Return the expression that says a value as SQLite does."""
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


def _digest(rows: Any, table: Table, read: _Progress) -> tuple[int, str]:  # noqa: ANN401 - a cursor of either driver
    """Return how many rows there are, and their digest. What has no order of its own is put in order."""
    ordered = [(place, _ORDERED[kind]) for place, kind in enumerate(table.columns.values()) if kind in _ORDERED]
    number, digest = 0, sha256()
    while batch := rows.fetchmany(BATCH):
        for row in batch:
            values = list(row)
            for place, put in ordered:
                values[place] = values[place] and put(values[place])
            digest.update(repr(values).encode())
        number += len(batch)
        read(len(batch))
    return number, digest.hexdigest()


def _json_in_order(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True)


def _words_in_order(text: str) -> list[str]:
    return sorted(set(text.split(" ")))


_ORDERED: dict[str, Callable[[str], object]] = {"jsonb": _json_in_order, FULL_TEXT: _words_in_order}


def _set_sequences(file: sqlite3.Connection, cursor: CursorWrapper, names: set[str]) -> None:
    """Go on with numbers where SQLite was: also those of rows that are gone may still be named somewhere."""
    for name, last in file.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
        if name in names and last > 0:
            cursor.execute(_SEQUENCE, [_quoted(name), last])
