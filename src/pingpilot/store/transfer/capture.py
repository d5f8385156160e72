"""Noting which rows change in the SQLite database while it is copied: triggers, and a list of keys that they write.

The triggers live in the database, so that whatever writes to it is noted, in its own transaction. They cost each change
one small row more, and are taken away again at the end of the transfer; after a transfer that was killed the running
server does that (``upkeep/abandoned``), or the next one.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from pingpilot.store.sqlite_file import opened
from pingpilot.store.transfer.tables import Table, listed, quoted

LIST = "transfer_changed"
PREFIX = "transfer_"
"""Of all that is put into the database."""
KEY_COLUMNS = ("a", "b", "c")
"""Of the list: no key of ours has more parts."""
BUSY_S = 20
PORTION = 1_000
"""Rows of the list that are deleted in one transaction, for which all others who write have to wait."""
LENGTH_MAX = 20_000_000
"""Changes that are kept for a transfer that does not fetch them, about 1 GB."""

_MAKE = f"CREATE TABLE {LIST} (number INTEGER PRIMARY KEY, place INTEGER, {', '.join(KEY_COLUMNS)})"
_OURS = "SELECT name FROM sqlite_master WHERE type = ? AND name LIKE 'transfer\\_%' ESCAPE '\\' ORDER BY name"
_ENDS = f"SELECT min(number), max(number) FROM {LIST}"
_TRIM = f"DELETE FROM {LIST} WHERE number < ?"
_ALL = (1 << 63) - 1


def install(file: sqlite3.Connection, watched: Sequence[Table]) -> None:
    """Note each change of these tables from now on, by the table's place among them. Outside a transaction.

    What an earlier transfer has left is taken away before.
    """
    remove(file)
    file.execute("BEGIN IMMEDIATE")
    try:
        file.execute(_MAKE)
        for place, one in enumerate(watched):
            for statement in _triggers(place, one):
                file.execute(statement)
    except BaseException:
        file.execute("ROLLBACK")
        raise
    file.execute("COMMIT")


def remove(file: sqlite3.Connection) -> None:
    """Note changes no longer, and forget those that were. May be interrupted, and called again."""
    if not _names(file, "trigger") and not is_there(file):
        return
    file.execute("BEGIN IMMEDIATE")
    drop_triggers(file)
    file.execute("COMMIT")
    if is_there(file):
        trim(file, _ALL)
        file.execute(f"DROP TABLE {LIST}")


def drop_triggers(file: sqlite3.Connection) -> None:
    """Note changes no longer. Inside a transaction."""
    for name in _names(file, "trigger"):
        file.execute(f'DROP TRIGGER "{name}"')


def trim(file: sqlite3.Connection, upto: int) -> None:
    """Forget the changes up to a number, a portion at a time. Outside a transaction.

    That of the number itself stays: the next one's number is the greatest and one, and has to be a new one.
    """
    first, last = file.execute(_ENDS).fetchone()
    end = 0 if last is None else min(upto, last + 1)
    while first is not None and first < end:
        first = min(first + PORTION, end)
        file.execute(_TRIM, [first])


def is_there(file: sqlite3.Connection) -> bool:
    """Tell whether changes are noted, or were."""
    return LIST in _names(file, "table")


def length(file: sqlite3.Connection) -> int:
    """Return about how many changes wait to be fetched."""
    first, last = file.execute(_ENDS).fetchone()
    return 0 if last is None else int(last - first)


def forsake(path: Path, *, is_alive: bool) -> bool:
    """Take away what a transfer has left in the database, or has let grow too long; tell whether there was something.

    Raises sqlite3.Error when the database is busy for long.
    """
    with closing(opened(path, BUSY_S)) as file:
        file.execute("PRAGMA synchronous = NORMAL")  # made again if it is lost
        file.execute("PRAGMA wal_autocheckpoint = 0")
        if not is_there(file) or (is_alive and length(file) <= LENGTH_MAX):
            return False
        remove(file)
        return True


def _names(file: sqlite3.Connection, kind: str) -> list[str]:
    return [str(name) for (name,) in file.execute(_OURS, [kind])]


def _triggers(place: int, one: Table) -> Iterator[str]:
    """Return the triggers of a table. A key that is changed makes two: the row of the old one is gone."""
    for event, row in (("INSERT", "NEW"), ("DELETE", "OLD"), ("UPDATE", "OLD")):
        yield _trigger(place, one, event.lower(), event, row)
    yield _trigger(place, one, "key", f"UPDATE OF {listed(one.key)}", "NEW")


def _trigger(place: int, one: Table, name: str, event: str, row: str) -> str:
    columns = ", ".join(KEY_COLUMNS[: len(one.key)])
    values = ", ".join(f"{row}.{quoted(column)}" for column in one.key)
    return (
        f"CREATE TRIGGER {PREFIX}{place}_{name} AFTER {event} ON {quoted(one.name)} BEGIN "
        f"INSERT INTO {LIST} (place, {columns}) VALUES ({place}, {values}); END"
    )
