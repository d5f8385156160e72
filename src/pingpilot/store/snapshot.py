"""Several questions, one moment: what is committed between them is not seen."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from pingpilot.store.sql import is_sqlite


@contextmanager
def snapshot() -> Iterator[None]:
    """Ask all questions inside of the same state of the database, without holding anybody up.

    Django's own transactions would take SQLite's one right to write. Inside of one, its state is what is seen.
    """
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN" if is_sqlite() else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")
