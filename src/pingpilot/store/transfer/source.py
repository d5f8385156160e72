"""The SQLite database that is moved: read as of one moment, and the changes since the moment before."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store import sqlite_file
from pingpilot.store.transfer import capture, fence
from pingpilot.store.transfer.tables import Key, Table, between, for_copy, from_sqlite, listed, quoted, tables

DERIVED = ("store_search_words", "sqlite_", "django_migrations", capture.PREFIX, fence.MARK)
"""Beginnings of the names of SQLite's tables that PostgreSQL has no use for, or fills by itself."""
BUSY_S = 20

_CHANGED = "FROM transfer_changed WHERE place = ? AND number > ? AND number <= ?"
_PLACES = "SELECT place, count(*) FROM transfer_changed WHERE number > ? AND number <= ? GROUP BY place"


class Source:
    """The database of an installation that may be running. Its own transactions are short, or read alone."""

    def __init__(self, file: sqlite3.Connection) -> None:
        """Take a connection without transactions of its own."""
        self._file = file
        self._tables = tables()
        self._schema: int | None = None
        self._fetched = 0

    @property
    def is_watched(self) -> bool:
        """Whether changes are noted."""
        return self._schema is not None

    def watch(self) -> None:
        """Note changes from now on."""
        with self._writable():
            capture.install(self._file, self._tables)
        self._schema = self._schema_version()

    def unwatch(self) -> None:
        """Take away what notes changes, if it is there. What cannot be taken away now, the running server does."""
        self._schema = None
        with suppress(sqlite3.Error):
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            with self._writable():
                capture.remove(self._file)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See one moment inside of the block, without holding anybody up. Raises ConfigurationError."""
        self._file.execute("BEGIN")
        try:
            self._require_same()
            yield
        finally:
            self._file.execute("ROLLBACK")

    @contextmanager
    def closed_off(self, to: fence.Moved) -> Iterator[None]:
        """Let nobody else write, and put up the fence at the end; if that is not reached, all is as it was."""
        with self._writable():
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute("BEGIN IMMEDIATE")
            try:
                self._require_same()
                yield
                capture.drop_triggers(self._file)
                self._file.execute(f"DROP TABLE IF EXISTS {capture.LIST}")
                fence.put_up(self._file, [one.name for one in self._tables], to)
            except BaseException:
                self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")
            self._schema = None

    def migrations(self) -> set[tuple[str, str]]:
        """Return which migrations were made: pairs of application and name."""
        return {(app, name) for app, name in self._file.execute("SELECT app, name FROM django_migrations")}

    def unknown_tables(self) -> list[str]:
        """Return the tables that would be left behind; there are none that are ours."""
        ours = {one.name for one in self._tables}
        names = self._file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        return [name for (name,) in names if name not in ours and not name.startswith(DERIVED)]

    def count(self) -> int:
        """Return how many rows there are."""
        return sum(
            int(self._file.execute(f"SELECT count(*) FROM {quoted(one.name)}").fetchone()[0]) for one in tables()
        )

    def last_numbers(self) -> dict[str, int]:
        """Return the last number that was given to a row of each table that counts."""
        return dict(self._file.execute("SELECT name, seq FROM sqlite_sequence").fetchall())

    def rows(self, table: Table, after: Key | None, limit: int) -> sqlite3.Cursor:
        """Return the next rows in the order of the key, as COPY takes them; -1: all."""
        return self._rows(table, for_copy(table), after, None, limit)

    def compared_rows(self, table: Table, after: Key | None, upto: Key | None, limit: int) -> sqlite3.Cursor:
        """Return the rows of a stretch in the order of the key, as they are compared."""
        return self._rows(table, from_sqlite(table), after, upto, limit)

    def changes(self) -> "Changes":
        """Return what has changed since the last call, and up to this snapshot."""
        first, self._fetched = self._fetched, self._last_change()
        return Changes(self._file, self._tables, first, self._fetched)

    def forget_changes(self) -> None:
        """Forget what was returned by ``changes``."""
        if self.is_watched:
            with self._writable():
                capture.trim(self._file, self._fetched)

    def behind(self) -> int:
        """Return how many changes were noted since."""
        return self._last_change() - self._fetched

    def _last_change(self) -> int:
        if not self.is_watched:
            return 0
        (found,) = self._file.execute("SELECT max(number) FROM transfer_changed").fetchone()
        return max(found or 0, self._fetched)

    def _rows(
        self, table: Table, values: Sequence[str], after: Key | None, upto: Key | None, limit: int
    ) -> sqlite3.Cursor:
        condition, params = between([quoted(name) for name in table.key], "?", after, upto)
        return self._file.execute(
            f"SELECT {', '.join(values)} FROM {quoted(table.name)} WHERE {condition} "
            f"ORDER BY {listed(table.key)} LIMIT ?",
            [*params, limit],
        )

    def _require_same(self) -> None:
        if self._schema is not None and self._schema_version() != self._schema:
            raise ConfigurationError(
                "What notes the changes was taken away, or the tables were changed meanwhile: by an update, another "
                "transfer, or a VACUUM. Nothing was kept in the new database; start the transfer again."
            )

    def _schema_version(self) -> int:
        """Return a number that rises with each change of tables and triggers. Source: sqlite.org, PRAGMA."""
        return int(self._file.execute("PRAGMA schema_version").fetchone()[0])

    @contextmanager
    def _writable(self) -> Iterator[None]:
        self._file.execute("PRAGMA query_only = OFF")
        try:
            yield
        finally:
            self._file.execute("PRAGMA query_only = ON")


class Changes:
    """Rows that were written or deleted in some stretch of time, as they are in this snapshot."""

    def __init__(self, file: sqlite3.Connection, known: Sequence[Table], first: int, last: int) -> None:
        """Take the numbers of the changes: behind the first, and up to the last."""
        self._file = file
        self._bounds = (first, last)
        self._places = dict(file.execute(_PLACES, self._bounds).fetchall()) if last > first else {}
        self._known = known

    def __len__(self) -> int:
        """Return how many changes there were; a row may have had several."""
        return sum(self._places.values())

    def tables(self) -> list[Table]:
        """Return the tables that have changed."""
        return [one for place, one in enumerate(self._known) if place in self._places]

    def keys(self, table: Table) -> Iterator[Key]:
        """Return each key once, of rows that are there and of those that are gone."""
        columns = ", ".join(capture.KEY_COLUMNS[: len(table.key)])
        return self._file.execute(f"SELECT DISTINCT {columns} {_CHANGED}", self._params(table))

    def rows(self, table: Table) -> sqlite3.Cursor:
        """Return those that are there, as COPY takes them."""
        columns = capture.KEY_COLUMNS[: len(table.key)]
        same = " AND ".join(f"t.{quoted(name)} = c.{column}" for name, column in zip(table.key, columns, strict=True))
        changed = f"SELECT DISTINCT {', '.join(columns)} {_CHANGED}"
        return self._file.execute(  # from the list to the table: it is the shorter one
            f"SELECT {', '.join(for_copy(table))} FROM ({changed}) c CROSS JOIN {quoted(table.name)} t ON {same}",
            self._params(table),
        )

    def _params(self, table: Table) -> list[Any]:
        return [self._known.index(table), *self._bounds]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open the SQLite database; what notes changes is gone at the end. Raises ConfigurationError when it is none."""
    try:
        with closing(sqlite_file.opened(path, BUSY_S)) as file:
            for choice in ("query_only = ON", "synchronous = NORMAL", "wal_autocheckpoint = 0", "cache_size = -32768"):
                file.execute(f"PRAGMA {choice}")  # checkpoints are for the server; changes that are lost are noted anew
            source = Source(file)
            try:
                yield source
            finally:
                source.unwatch()
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
