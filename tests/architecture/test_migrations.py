"""Migrations of the store form one line, and none makes a large table anew on SQLite.

Two branches that each added one cannot be merged unseen. A copy of ten million rows takes a quarter of an hour, and as
much disk again.
"""

import re

from django.db.migrations import AddConstraint, AddField, AlterField, RemoveConstraint
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.architecture.source import SOURCE


def test_each_number_is_given_once_and_none_is_left_out():
    names = sorted(path.name for path in (SOURCE / "store" / "migrations").glob("[0-9]*.py"))
    assert [int(re.match(r"\d+", name)[0]) for name in names] == list(range(1, len(names) + 1))  # type: ignore[index]


LARGE = {"event", "delivery", "attempt"}
"""Tables that grow with every report."""
COPYING = (AddConstraint, AlterField, RemoveConstraint)


def copies(operation: Operation) -> bool:
    """Tell whether SQLite has to copy a large table for it; ``store.checks`` has a way around for constraints."""
    if isinstance(operation, AddField):
        return operation.model_name_lower in LARGE and not operation.field.null
    return isinstance(operation, COPYING) and operation.model_name.lower() in LARGE


def test_no_migration_copies_a_large_table():
    later = [
        one for (app, _), one in MigrationLoader(None).disk_migrations.items() if app == "store" and not one.initial
    ]
    assert later
    assert not [str(one) for one in later if any(map(copies, one.operations))]
