"""Opening an SQLite file that is there, beside the connection that Django has."""

import sqlite3
from pathlib import Path


def opened(path: Path, busy_s: float, *, for_any_thread: bool = False) -> sqlite3.Connection:
    """Open a file, which is not made where it is missing; without transactions but those that are begun.

    ``busy_s``: how long to wait for whoever writes. ``for_any_thread``: whoever calls sees to it that they take turns.
    Raises sqlite3.Error.
    """
    address = f"{path.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(
        address, uri=True, timeout=busy_s, isolation_level=None, check_same_thread=not for_any_thread
    )
