"""Taking what SQLite's log holds over into its file, beside the commits.

SQLite does that by itself, in the commit that makes the log too long: all of it is copied and synced while all others
wait. Here a thread copies it, and the writer goes on; only the rest, what came meanwhile, is copied between two
commits, since the log begins anew only at a moment when nothing in it is missing from the file.

**Source:** https://www.sqlite.org/walformat.html, sections 4.1 and 4.2; https://www.sqlite.org/wal.html, section 2.3.
"""

import math
import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from pingpilot.store.sql import is_sqlite
from pingpilot.store.sqlite_file import opened

PAGES = 4_000
"""The log's length, in pages, from which on it is taken over: 16 MB. Less is synced at a time than would hold up the
commits beside it."""
PAUSE_S = 0.3
"""From the first copy of one log to that of the next: under load pages change again and again, and are copied once."""
REST_PAGES = 500
"""What may be left for the moment between two commits: some milliseconds."""
LOOK_EACH = 8
"""Commits from one look at the log to the next."""
Writers = Callable[[], sqlite3.Connection]
Monotonic = Callable[[], float]
_HEAD_BYTES, _FRAME_HEAD_BYTES = 32, 24
_SALTS = slice(16, 24)
"""In the log's head; they change when it begins anew, and each frame repeats them."""
_FRAME_SALTS_AT, _SALT_BYTES = 8, 8
_TAKE_OVER = "PRAGMA wal_checkpoint(PASSIVE)"


@dataclass(frozen=True, slots=True)
class Bounds:
    """When what is done; as the constants say."""

    pages: int = PAGES
    rest_pages: int = REST_PAGES
    pause_s: float = PAUSE_S
    look_each: int = LOOK_EACH


@dataclass(frozen=True, slots=True)
class Extent:
    """How long a log is. ``generation`` changes when it begins anew."""

    generation: bytes
    pages: int


class Log:
    """The log beside a database, which stays open. It reads the file, and takes no lock."""

    def __init__(self, database: Path) -> None:
        """Take the database's file."""
        self._path = Path(f"{database.resolve()}-wal")
        self._file: int | None = None

    def extent(self) -> Extent:
        """Return how long the log is; what it held before it began anew does not count."""
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return Extent(b"", 0)
        head = os.pread(self._file, _HEAD_BYTES, 0)
        if len(head) < _HEAD_BYTES:
            return Extent(b"", 0)
        generation = head[_SALTS]
        return Extent(generation, self._pages(self._file, generation, int.from_bytes(head[8:12], "big")))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _pages(self, file: int, generation: bytes, page_bytes: int) -> int:
        """Return how many frames belong to a generation: all of them come before those that do not."""
        frame_bytes = _FRAME_HEAD_BYTES + page_bytes
        low, high = 0, (os.fstat(file).st_size - _HEAD_BYTES) // frame_bytes
        while low < high:
            middle = (low + high) // 2
            salts = os.pread(file, _SALT_BYTES, _HEAD_BYTES + middle * frame_bytes + _FRAME_SALTS_AT)
            low, high = (middle + 1, high) if salts == generation else (low, middle)
        return low


class Checkpoints:
    """Keeps the log short. ``tend`` and ``close`` are for the thread that writes, outside of its transactions."""

    def __init__(self, database: Path, writers: Writers, monotonic: Monotonic, bounds: Bounds = Bounds()) -> None:
        """Take the database's file, what gives the connection that writes, and a clock, in seconds."""
        self._log = Log(database)
        self._writers = writers
        self._bounds = bounds
        self._monotonic = monotonic
        self._not_before = -math.inf
        self._file = opened(database, busy_s=0, for_any_thread=True)
        self._file.execute("PRAGMA synchronous=FULL")
        self._thread = ThreadPoolExecutor(1, "checkpoint")
        self._copying: Future[int] | None = None
        self._generation = b""
        self._copied = 0
        self._commits = 0

    def tend(self) -> None:
        """See to the log, at some of the commits."""
        self._commits += 1
        bounds = self._bounds
        if self._commits % bounds.look_each or not self._has_come_back():
            return
        extent = self._log.extent()
        if extent.generation != self._generation:
            self._generation, self._copied = extent.generation, 0
        if extent.pages < bounds.pages:
            return
        if extent.pages - self._copied > bounds.rest_pages:
            self._begin_to_copy()
        else:
            self._copied = _taken_over(self._writers())

    def close(self) -> None:
        """Take nothing over any more."""
        self._file.interrupt()
        self._thread.shutdown()
        self._file.close()
        self._log.close()

    def _begin_to_copy(self) -> None:
        """Copy what is there. A log is not begun a moment after the last one; what was begun is gone on with."""
        if self._copied <= 0:
            now = self._monotonic()
            if now < self._not_before:
                return
            self._not_before = now + self._bounds.pause_s
        self._copying = self._thread.submit(_taken_over, self._file)

    def _has_come_back(self) -> bool:
        """Tell whether nothing is being copied, and learn how far it came."""
        if self._copying is None:
            return True
        if not self._copying.done():
            return False
        self._copied, self._copying = self._copying.result(), None
        return True


@contextmanager
def tended(monotonic: Monotonic) -> Iterator[Callable[[], None]]:
    """Give what the writer does behind a commit: see to the log of an SQLite file; nothing on PostgreSQL."""
    if not is_sqlite():
        yield _do_nothing
        return
    checkpoints = Checkpoints(Path(connection.settings_dict["NAME"]), _writers, monotonic)
    try:
        yield checkpoints.tend
    finally:
        checkpoints.close()


def _do_nothing() -> None:
    """Do nothing."""


def _writers() -> sqlite3.Connection:
    """Return Django's connection of this thread."""
    connection.ensure_connection()
    driver: sqlite3.Connection = connection.connection
    return driver


def _taken_over(driver: sqlite3.Connection) -> int:
    """Take over what no reader has to find in the log; return up to which page of it. Nobody waits for it."""
    with suppress(sqlite3.Error):  # a full disk, or the end of the process: the log just stays as it is
        ((_, _, copied),) = driver.execute(_TAKE_OVER).fetchall()
        return int(copied)
    return 0
