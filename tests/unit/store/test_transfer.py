"""What a transfer puts into the SQLite database, and takes away again; and what it has to compare again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.transfer import capture, fence
from pingpilot.store.transfer.capture import LIST
from pingpilot.store.transfer.ranges import SIZE, Ranges
from pingpilot.store.transfer.source import opened
from pingpilot.store.transfer.tables import Table, tables

THINGS = Table("thing", ["id"], {"id": "integer", "text": "text"}, is_plain=True)
PARTS = Table("part", ["thing", "number"], {"thing": "varchar(5)", "number": "integer", "text": "text"}, is_plain=True)
TABLES = [THINGS, PARTS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with two tables."""
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(
            "CREATE TABLE thing (id integer PRIMARY KEY, text text);"
            "CREATE TABLE part (thing text, number integer, text text, PRIMARY KEY (thing, number));"
        )
    return path


@pytest.fixture
def file(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        yield file


def test_every_change_is_noted_with_the_key_of_its_row(file: sqlite3.Connection):
    capture.install(file, TABLES)
    file.execute("INSERT INTO thing VALUES (7, 'a'), (8, 'b')")
    file.execute("UPDATE thing SET text = 'c' WHERE id = 7")
    file.execute("UPDATE thing SET id = 9 WHERE id = 8")
    file.execute("INSERT INTO part VALUES ('x', 1, '') ON CONFLICT DO UPDATE SET text = ''")
    file.execute("INSERT INTO part VALUES ('x', 1, '') ON CONFLICT DO UPDATE SET text = ''")
    file.execute("DELETE FROM thing WHERE id = 7")
    noted = file.execute(f"SELECT place, a, b FROM {LIST} ORDER BY number").fetchall()
    things = [(0, number, None) for number in (7, 8, 7)]
    assert noted[:3] == things
    assert set(noted[3:5]) == {(0, 8, None), (0, 9, None)}  # the row under its old key is gone
    assert noted[5:] == [(1, "x", 1), (1, "x", 1), (0, 7, None)]


def test_what_was_rolled_back_was_not_changed(file: sqlite3.Connection):
    capture.install(file, TABLES)
    file.execute("BEGIN")
    file.execute("INSERT INTO thing VALUES (7, 'a')")
    file.execute("ROLLBACK")
    assert capture.length(file) == 0
    assert file.execute(f"SELECT count(*) FROM {LIST}").fetchone() == (0,)


def test_numbers_rise_also_after_all_was_fetched(file: sqlite3.Connection):
    capture.install(file, TABLES)
    file.execute("INSERT INTO thing VALUES (7, 'a'), (8, 'b'), (9, 'c')")
    capture.trim(file, 3)
    file.execute("INSERT INTO thing VALUES (10, 'a')")
    assert file.execute(f"SELECT max(number) FROM {LIST}").fetchone() == (4,)


@pytest.mark.parametrize("portion", [1, 2, 1_000])
def test_what_is_left_behind_is_taken_away_whole(
    path: Path, file: sqlite3.Connection, portion: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(capture, "PORTION", portion)
    before = file.execute("SELECT name FROM sqlite_master ORDER BY 1").fetchall()
    capture.install(file, TABLES)
    file.execute("INSERT INTO thing VALUES (7, 'a'), (8, 'b'), (9, 'c')")
    assert not capture.forsake(path, is_alive=True)
    assert capture.forsake(path, is_alive=False)
    assert not capture.forsake(path, is_alive=False)
    assert file.execute("SELECT name FROM sqlite_master ORDER BY 1").fetchall() == before


def test_a_transfer_that_fetches_nothing_does_not_fill_the_disk(
    path: Path, file: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(capture, "LENGTH_MAX", 1)
    capture.install(file, TABLES)
    file.execute("INSERT INTO thing VALUES (7, 'a'), (8, 'b')")
    assert not capture.forsake(path, is_alive=True)
    file.execute("INSERT INTO thing VALUES (9, 'c')")
    assert capture.forsake(path, is_alive=True)


def test_one_begun_again_notes_each_change_once(file: sqlite3.Connection):
    capture.install(file, TABLES)
    file.execute("INSERT INTO thing VALUES (7, 'a')")
    capture.install(file, TABLES)
    assert capture.length(file) == 0
    file.execute("INSERT INTO thing VALUES (8, 'b')")
    assert file.execute(f"SELECT a FROM {LIST}").fetchall() == [(8,)]


def test_a_fence_lets_read_and_not_write_until_it_is_taken_down(path: Path, file: sqlite3.Connection):
    file.execute("INSERT INTO thing VALUES (7, 'a')")
    file.execute("BEGIN")
    fence.put_up(file, ["thing"], fence.Moved("db:5432/new", "2026-01-02 03:04:05"))
    file.execute("COMMIT")
    assert file.execute("SELECT id FROM thing").fetchall() == [(7,)]
    for statement in ("INSERT INTO thing VALUES (8, '')", "UPDATE thing SET text = ''", "DELETE FROM thing"):
        with pytest.raises(sqlite3.IntegrityError, match="moved to PostgreSQL"):
            file.execute(statement)
    with pytest.raises(ConfigurationError, match="db:5432/new"):
        fence.refuse_moved(path)
    assert fence.take_down(path) == fence.Moved("db:5432/new", "2026-01-02 03:04:05")
    assert fence.take_down(path) is None
    file.execute("INSERT INTO thing VALUES (8, '')")
    fence.refuse_moved(path)


@pytest.mark.usefixtures("db")
def test_what_may_be_read_in_portions_has_nothing_unique_but_its_key():
    plain = {one.name for one in tables() if one.is_plain}
    assert {"store_event", "store_delivery", "store_attempt", "store_search"} <= plain
    assert not {"store_key", "store_category", "store_user", "store_quota", "store_session"} & plain


class Other:
    """The other side: a list of rows, which counts what is asked of it."""

    def __init__(self, rows: list[tuple[str, int, str]]) -> None:
        self.rows = rows
        self.asked = 0

    def compared_rows(self, _table: Table, after: Any, upto: Any) -> "Found":
        found = [one for one in self.rows if (after is None or one[:2] > after) and (upto is None or one[:2] <= upto)]
        self.asked += len(found)
        return Found(found)


class Found(list[tuple[str, int, str]]):
    """Rows as a cursor gives them."""

    def fetchall(self) -> list[tuple[str, int, str]]:
        return self


@pytest.mark.usefixtures("db")
def test_only_what_has_changed_is_compared_again(path: Path, file: sqlite3.Connection):
    rows = [(f"{number // 100:05}", number % 100, "text") for number in range(3 * SIZE + 10)]
    file.executemany("INSERT INTO part VALUES (?, ?, ?)", rows)
    ranges, other = Ranges(PARTS), Other(list(rows))
    with opened(path) as source:
        assert list(ranges.compare(source, other, _ignore)) == [True] * 4  # type: ignore[arg-type]  # a stand-in
        assert (ranges.is_done, other.asked) == (True, len(rows))
        assert ranges.result().is_same
        assert ranges.result().rows == len(rows)

        ranges.changed(rows[SIZE][:2])
        assert list(ranges.compare(source, other, _ignore)) == [True]  # type: ignore[arg-type]  # as above
        assert other.asked == len(rows) + SIZE

        other.rows.append(("99999", 1, "one more"))
        ranges.changed(("99999", 1))
        assert list(ranges.compare(source, other, _ignore)) == [False]  # type: ignore[arg-type]  # as above
        assert not ranges.result().is_same


def _ignore(_count: int) -> None:
    """Hear of progress."""
