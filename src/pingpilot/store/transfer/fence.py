"""The fence around a database that was moved: it can be read, but nothing is written to it any more.

It is in the database itself, as triggers that refuse each change: whatever opens it, whichever release that is, cannot
go on beside the new one. A start is refused with a sentence (``refuse_moved``).
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.sqlite_file import opened

MARK = "moved_away"
PREFIX = "moved_"
BUSY_S = 20
REFUSAL = "this database was moved to PostgreSQL: pingpilot transfer --back takes it into use again"

_THERE = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'moved\\_%' ESCAPE '\\'"


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the database was moved, like ``db.example.com:5432/pingpilot``, and when (UTC)."""

    to: str
    at: str


def moved(path: Path) -> Moved | None:
    """Return where a database was moved; None where it was not, or is none that can be read."""
    if not path.exists():
        return None
    try:
        with closing(opened(path, BUSY_S)) as file:
            return _mark(file)
    except sqlite3.Error:
        return None  # whoever uses it says what is wrong with it


def refuse_moved(path: Path) -> None:
    """Raise ConfigurationError when the database was moved."""
    found = moved(path)
    if found is not None:
        raise ConfigurationError(
            f"The database {path} was moved to PostgreSQL at {found.to} ({found.at} UTC), and all that came since is "
            "there: set PINGPILOT_DATABASE_URL to it. `pingpilot transfer --back` takes the old one into use again."
        )


def put_up(file: sqlite3.Connection, tables: Sequence[str], mark: Moved) -> None:
    """Let nothing be written to these tables from the end of the transaction on, inside of which this is called."""
    file.execute(f"CREATE TABLE {MARK} (target text NOT NULL, at text NOT NULL)")
    file.execute(f"INSERT INTO {MARK} VALUES (?, ?)", [mark.to, mark.at])
    for number, table in enumerate(tables):
        for event in ("INSERT", "UPDATE", "DELETE"):
            file.execute(
                f'CREATE TRIGGER {PREFIX}{number}_{event.lower()} BEFORE {event} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def take_down(path: Path) -> Moved | None:
    """Let the database be used again; returns where it was moved, None where there was no fence.

    Raises ConfigurationError when it cannot be written.
    """
    try:
        with closing(opened(path, BUSY_S)) as file:
            file.execute("BEGIN IMMEDIATE")
            found = _mark(file)
            for (name,) in file.execute(_TRIGGERS).fetchall():
                file.execute(f'DROP TRIGGER "{name}"')
            file.execute(f"DROP TABLE IF EXISTS {MARK}")
            file.execute("COMMIT")
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} cannot be written: {error}.") from error
    return found


def _mark(file: sqlite3.Connection) -> Moved | None:
    if not file.execute(_THERE, [MARK]).fetchone()[0]:
        return None
    row = file.execute(f"SELECT target, at FROM {MARK}").fetchone()
    return Moved(*row) if row else None
