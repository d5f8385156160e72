"""A check is replaced: what was refused is taken, what is stored stays, and a large table is not made anew."""

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.state import ProjectState

from pingpilot.store.checks import ReplaceCheck
from pingpilot.store.sql import ask, is_sqlite

TABLE = "store_parcel"


def check(*sizes: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(size__in=list(sizes)), name="parcel_size_known")


SMALL = migrations.CreateModel(
    name="Parcel",
    fields=[("id", models.BigAutoField(primary_key=True)), ("size", models.CharField(max_length=10))],
    options={"constraints": [check("small")]},
)
CHANGE = ReplaceCheck("parcel", check("small", "large"))


@pytest.fixture
def state(db: None) -> Iterator[ProjectState]:
    """A table with one row."""
    before = ProjectState()
    SMALL.state_forwards("store", before)
    with connection.schema_editor() as editor:
        SMALL.database_forwards("store", editor, ProjectState(), before)
    put("small")
    yield before
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def put(size: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (size) VALUES (%s)", [size])


def changed(before: ProjectState) -> ProjectState:
    after = before.clone()
    CHANGE.state_forwards("store", after)
    with connection.schema_editor() as editor:
        CHANGE.database_forwards("store", editor, before, after)
    return after


def place() -> int:
    """Return where SQLite keeps the table in its file; one that is made anew lies elsewhere."""
    return int(ask("SELECT rootpage FROM sqlite_master WHERE name = %s", [TABLE])[0][0])


def sizes() -> list[str]:
    return [row[0] for row in ask(f"SELECT size FROM {TABLE} ORDER BY id", [])]


def test_what_was_refused_is_taken_and_anything_else_is_not(state: ProjectState):
    with pytest.raises(IntegrityError):
        put("large")
    changed(state)
    put("large")
    with pytest.raises(IntegrityError):
        put("huge")
    assert sizes() == ["small", "large"]


def test_sqlite_leaves_the_table_where_it_is(state: ProjectState):
    if not is_sqlite():
        return
    before = place()
    changed(state)
    assert place() == before
    assert ask("PRAGMA integrity_check", []) == [("ok",)]


def defended() -> Callable[..., int]:
    """Refuse the first statement that writes the schema, as SQLite does where it defends it; it writes there itself."""
    refused: list[int] = []

    def judge(action: int, name: str | None, *_: object) -> int:
        if (action, name) != (sqlite3.SQLITE_UPDATE, "sqlite_master") or refused:
            return sqlite3.SQLITE_OK
        refused.append(action)
        return sqlite3.SQLITE_DENY

    return judge


def test_where_the_schema_is_defended_the_table_is_made_anew_with_its_triggers(state: ProjectState):
    if not is_sqlite():
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TRIGGER parcel_counted AFTER DELETE ON {TABLE} BEGIN SELECT 1; END")
    connection.connection.set_authorizer(defended())
    changed(state)
    put("large")
    assert sizes() == ["small", "large"]
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    assert ask(triggers, [TABLE]) == [("parcel_counted",)]
