"""PostgreSQL's side of a transfer: all in one transaction, so that whoever looks sees all of it, or nothing.

Rows go over in the text form of COPY, which takes what SQLite keeps as it is: instants without a zone are UTC there, as
they are for the session. A row that has changed since is written again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.utils import DatabaseError

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.deliveries import Rescue, rescue
from pingpilot.store.transfer.source import Changes, Source
from pingpilot.store.transfer.tables import Key, Table, between, from_postgresql, in_order, listed, quoted, tables

BATCH = 2_000
"""Rows that are held in memory at a time."""
PORTION = 50_000
"""Rows that are read as of one moment: the source keeps what changes meanwhile apart until then."""
LOOKS_MAX = 100
"""At who uses the new database, before that is taken for somebody who stays."""
MADE_BY_MIGRATIONS = frozenset({"django_migrations", "django_content_type", "auth_permission", "store_tallymark"})
"""Tables that hold rows in a database where nothing was ever done."""

_SESSION = (
    "SET LOCAL TIME ZONE 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL lock_timeout = '10s'; "
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
)
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'pingpilot' AND pid <> pg_backend_pid()
"""
_SEQUENCE = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
_STRICT = """
    SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint c
    WHERE c.contype = 'f' AND NOT c.condeferrable AND c.conparentid = 0 AND c.conrelid = ANY(%s::regclass[])
"""
"""References that are checked with each statement, wherefore rows would have to arrive in their order."""
Progress = Callable[[int], None]
"""Is told how many rows more are done."""


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
        raise ConfigurationError(f"The new database does not answer ({_reason(error)}). Check its address.") from error
    if others:
        raise ConfigurationError("PingPilot is running on the new database. Stop it there first.")
    if held:
        raise ConfigurationError(f"The new database is not empty: {held[0]} has rows. Give one that is.")
    if there and "django_migrations" not in there:
        raise ConfigurationError(
            f"The new database belongs to something else: it has the table {min(there)}. Give one that is empty."
        )


def has_arrived(pause: Callable[[], None]) -> bool:
    """Tell whether a transfer was kept here: it is all there, or nothing is. Waits for one that is being kept just now.

    Raises ConfigurationError when that takes long, and DatabaseError when nobody answers.
    """
    connection.close()
    with connection.cursor() as cursor:
        for _ in range(LOOKS_MAX):
            cursor.execute(_OTHERS)
            if not cursor.fetchone()[0]:
                there = set(connection.introspection.table_names(cursor))
                return any(_has_rows(cursor, one) for one in tables() if one.name in there - MADE_BY_MIGRATIONS)
            pause()
    raise ConfigurationError("PingPilot uses the new database. If it is not running there, try again in a minute.")


@contextmanager
def filled() -> Iterator["Target"]:
    """Fill the new database inside of the block; keeps nothing when that raises. Raises ConfigurationError."""
    with said("The copy"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SESSION)
        cursor.execute(f"TRUNCATE {', '.join(quoted(one.name) for one in tables())} RESTART IDENTITY")
        yield Target(cursor)


@contextmanager
def said(what: str) -> Iterator[None]:
    """Turn what PostgreSQL refuses into ConfigurationError."""
    try:
        yield
    except DatabaseError as error:
        raise ConfigurationError(
            f"{what} was refused ({_reason(error)}). Nothing was kept in the new database."
        ) from error


class Target:
    """The new database inside of the one transaction."""

    def __init__(self, cursor: CursorWrapper) -> None:
        """Let references be checked late, also those that are not: rows come as they were at different moments."""
        self._cursor = cursor
        self._staged: set[str] = set()
        cursor.execute(_STRICT, [[quoted(one.name) for one in tables()]])
        self._strict: list[tuple[str, str]] = cursor.fetchall()
        self._alter_strict("DEFERRABLE INITIALLY DEFERRED")

    def copy(self, source: Source, table: Table, copied: Progress) -> None:
        """Copy all rows, portion by portion; what changes meanwhile is among the source's changes."""
        limit = PORTION if table.is_plain else -1
        after: Key | None = None
        with self._copying(table.name, table) as copy:
            while True:
                with source.snapshot():
                    last, count = _written(copy, source.rows(table, after, limit), copied)
                if last is None or count != limit:
                    return
                after = table.key_of(last)

    def apply(self, changes: Changes, seen: Callable[[Table, Key], None]) -> None:
        """Make the rows that have changed what they are in the source; ``seen`` hears of each key."""
        self._cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for table in changes.tables():
            stage, keys = self._stage(table)
            with self._copying(keys, table, table.key) as copy:
                _written(copy, _heard(changes.keys(table), table, seen), _nobody)
            with self._copying(stage, table) as copy:
                _written(copy, changes.rows(table), _nobody)
            self._cursor.execute(f"ANALYZE {keys}, {stage}")  # PostgreSQL knows nothing of such tables by itself
            with said(f"A row of {table.name}"):
                for statement in _merge(table, stage, keys):
                    self._cursor.execute(statement)
            self._cursor.execute(f"TRUNCATE {stage}, {keys}")

    def check(self) -> None:
        """Check all references now, as far as they have not been yet; raises ConfigurationError."""
        with said("A reference"):
            self._cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def analyze(self) -> None:
        """Let PostgreSQL know what came in, so that its answers are quick."""
        self._cursor.execute(f"ANALYZE {', '.join(quoted(one.name) for one in tables())}")

    def compared_rows(self, table: Table, after: Key | None, upto: Key | None) -> Any:  # noqa: ANN401 - the driver's
        """Return the rows of a stretch in the order of the key, as they are compared."""
        order = in_order(table)
        condition, params = between(order, "%s", after, upto)
        self._cursor.execute(
            f"SELECT {', '.join(from_postgresql(table))} FROM {quoted(table.name)} WHERE {condition} "
            f"ORDER BY {', '.join(order)}",
            params,
        )
        return self._cursor

    def open(self, numbers: dict[str, int], now: datetime) -> None:
        """Make it ready to be used: numbers go on, and what a worker had taken up waits for the next one.

        Numbers of rows that are gone may still be named somewhere. ``numbers``: the last one of each table.
        """
        known = {one.name for one in tables()}
        for name, last in numbers.items():
            if name in known and last > 0:
                self._cursor.execute(_SEQUENCE, [quoted(name), last])
        rescue(self._cursor, [Rescue(now, is_everyone_gone=True)])
        self.check()
        self._alter_strict("NOT DEFERRABLE")

    def _alter_strict(self, how: str) -> None:
        for table, name in self._strict:
            self._cursor.execute(f"ALTER TABLE {table} ALTER CONSTRAINT {quoted(name)} {how}")

    def _stage(self, table: Table) -> tuple[str, str]:
        """Return the names of two tables of this session's own: for rows, and for keys."""
        stage, keys = quoted(f"transfer_rows_of_{table.name}"), quoted(f"transfer_keys_of_{table.name}")
        if table.name not in self._staged:
            self._staged.add(table.name)
            name = quoted(table.name)
            self._cursor.execute(f"CREATE TEMPORARY TABLE {stage} (LIKE {name}) ON COMMIT DROP")
            self._cursor.execute(
                f"CREATE TEMPORARY TABLE {keys} ON COMMIT DROP AS SELECT {listed(table.key)} FROM {name} WITH NO DATA"
            )
        return stage, keys

    @contextmanager
    def _copying(self, into: str, table: Table, columns: Sequence[str] = ()) -> Iterator[Any]:
        names = listed(columns or list(table.columns))
        statement = f"COPY {into} ({names}) FROM STDIN"
        with said(f"A row of {table.name}"), connection.wrap_database_errors, self._cursor.copy(statement) as copy:
            yield copy


def _merge(table: Table, stage: str, keys: str) -> Iterator[str]:
    """Return the statements that take over what was changed.

    A plain row stays where it is, since others may hang on it (what was filed of an event goes with the event). Where
    rows may claim what another had, all of them go before any comes.
    """
    name, columns = quoted(table.name), list(table.columns)
    same = _same(table.key, "s", name)
    gone = f"DELETE FROM {name} USING {keys} k WHERE {_same(table.key, 'k', name)}"
    come = f"INSERT INTO {name} ({listed(columns)}) SELECT {listed(columns, 's')} FROM {stage} s"
    if not table.is_plain:
        yield from (gone, come)
        return
    yield f"{gone} AND NOT EXISTS (SELECT FROM {stage} s WHERE {same})"
    if others := [one for one in columns if one not in table.key]:
        values = ", ".join(f"{quoted(one)} = s.{quoted(one)}" for one in others)
        yield f"UPDATE {name} SET {values} FROM {stage} s WHERE {same}"
    yield f"{come} WHERE NOT EXISTS (SELECT FROM {name} WHERE {same})"


def _same(key: Sequence[str], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{quoted(column)} = {other}.{quoted(column)}" for column in key)


def _written(copy: Any, rows: Iterable[Sequence[Any]], copied: Progress) -> tuple[Sequence[Any] | None, int]:  # noqa: ANN401 - the driver's
    """Write the rows; return the last one, and how many they were."""
    last, count = None, 0
    for last in rows:
        copy.write_row(last)
        count += 1
        if count % BATCH == 0:
            copied(BATCH)
    copied(count % BATCH)
    return last, count


def _heard(keys: Iterator[Key], table: Table, seen: Callable[[Table, Key], None]) -> Iterator[Key]:
    for key in keys:
        seen(table, key)
        yield key


def _nobody(_count: int) -> None:
    """Tell nobody."""


def _has_rows(cursor: CursorWrapper, table: Table) -> bool:
    cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {quoted(table.name)})")
    return bool(cursor.fetchone()[0])


def _reason(error: DatabaseError) -> str:
    return str(error).strip().partition("\n")[0]
