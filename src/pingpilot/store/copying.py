"""A consistent copy of the SQLite database, made while it is in use, and put back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.sqlite_file import opened

HEAD = b"SQLite format 3\0"
"""Source: sqlite.org, database file format, section 1.3."""
BUSY_S = 60
_OURS = "SELECT count(*) FROM sqlite_master WHERE name IN ('store_event', 'store_workspace', 'django_migrations')"


def copy_out(database: Path, target: Path) -> int:
    """Copy a database, as of one moment, into one file that is whole or not there; returns its size in bytes.

    Whoever writes meanwhile is not held up. Raises ConfigurationError.
    """
    if not database.exists():
        raise ConfigurationError(f"There is no database at {database}: nothing was ever stored there.")
    with _told(database), _whole(target) as part:
        _copy(database, part)
        check(part)
    return target.stat().st_size


def copy_in(backup: Path, database: Path) -> None:
    """Put a backup where the database is; nobody may have it open. Raises ConfigurationError."""
    check(backup)
    with _told(backup), _whole(database) as part:
        _copy(backup, part)
        for rest in ("-wal", "-shm"):  # of the one before: they would be taken for this one's
            database.with_name(database.name + rest).unlink(missing_ok=True)


def check(path: Path) -> None:
    """See that a file is a whole database of PingPilot's; raises ConfigurationError."""
    try:
        with path.open("rb") as file:
            head = file.read(len(HEAD))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    if head != HEAD:
        raise ConfigurationError(f"{path} is no SQLite database. Give the file that `pingpilot backup` wrote.")
    with _told(path), closing(opened(path, BUSY_S)) as file:
        (count,) = file.execute(_OURS).fetchone()
        if count != 3:
            raise ConfigurationError(f"{path} is a database, but not one of PingPilot's.")
        (found,) = file.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ConfigurationError(f"{path} is damaged ({found}). Take an older backup.")


def _copy(database: Path, part: Path) -> None:
    with closing(opened(database, BUSY_S)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)  # all pages in one reading transaction
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise ConfigurationError(f"{path} cannot be copied: {error}.") from error


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """Give a place to write to, for the owner alone; it takes the name of the target once it is on disk."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
