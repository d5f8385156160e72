"""Opening an SQLite file that is there, beside the connection that Django has."""

import sqlite3
from pathlib import Path


def opened(path: Path, busy_s: float) -> sqlite3.Connection:
    """Open a file, which is not made where it is missing; without transactions but those that are begun.

    ``busy_s``: how long to wait for whoever writes. Raises sqlite3.Error.
    """
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=busy_s, isolation_level=None)
