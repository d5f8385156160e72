"""SQLite's log is taken over beside the commits, and stays short."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pingpilot.store.checkpoints import Bounds, Checkpoints, Log
from tests.servers.ports import wait_until

PAGES = 100
BOUNDS = Bounds(PAGES, rest_pages=20, pause_s=0, look_each=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that takes nothing over by itself."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("CREATE TABLE one (number INTEGER PRIMARY KEY, text TEXT)")
        yield writer


@pytest.fixture
def checkpoints(path: Path, writer: sqlite3.Connection) -> Iterator[Checkpoints]:
    with closing(Checkpoints(path, lambda: writer, lambda: 0.0, BOUNDS)) as checkpoints:
        yield checkpoints


def write(writer: sqlite3.Connection, times: int = 1) -> None:
    for _ in range(times):
        writer.execute("INSERT INTO one (text) VALUES (?)", ("x" * 3_000,))


def test_a_log_that_is_not_there_is_empty(path):
    with closing(Log(path)) as log:
        assert log.extent().pages == 0


def test_the_length_is_the_one_that_sqlite_knows_and_begins_anew_with_the_log(path, writer):
    generations = set()
    with closing(Log(path)) as log:
        for times in (90, 2, 1, 7):  # a longer log before leaves its frames behind
            write(writer, times)
            extent = log.extent()
            assert (0, extent.pages, extent.pages) == writer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            generations.add(extent.generation)
    assert len(generations) == 4


def test_under_constant_writing_the_log_stays_short_and_nothing_is_lost(path, writer, checkpoints):
    longest = 0
    with closing(Log(path)) as log:
        for _ in range(3_000):
            write(writer)
            checkpoints.tend()
            longest = max(longest, log.extent().pages)
    assert PAGES < longest < 10 * PAGES
    assert writer.execute("SELECT count(*) FROM one").fetchone() == (3_000,)
    assert writer.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_one_log_after_the_other_is_begun_to_be_copied_with_a_pause(path, writer):
    now = 100.0
    bounds = replace(BOUNDS, pause_s=10)
    with closing(Checkpoints(path, lambda: writer, lambda: now, bounds)) as checkpoints, closing(Log(path)) as log:

        def is_taken_over() -> bool:
            before = log.extent().generation
            write(writer)
            checkpoints.tend()
            return log.extent().generation != before

        write(writer, PAGES)
        wait_until(is_taken_over, "the first log is taken over")
        write(writer, PAGES)
        now += 9
        assert not any(is_taken_over() for _ in range(PAGES))
        now += 1
        wait_until(is_taken_over, "the second log is taken over")


def test_a_reader_keeps_what_it_sees_and_the_log_is_short_again_when_it_has_gone(path, writer, checkpoints):
    write(writer, 10)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader, closing(Log(path)) as log:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM one").fetchone() == (10,)
        for _ in range(4 * PAGES):
            write(writer)
            checkpoints.tend()
        assert log.extent().pages > 4 * PAGES
        assert reader.execute("SELECT count(*) FROM one").fetchone() == (10,)
        reader.execute("COMMIT")

        def is_short() -> bool:
            write(writer)
            checkpoints.tend()
            return log.extent().pages < PAGES

        wait_until(is_short, "the log begins anew")


def test_what_goes_wrong_while_it_is_taken_over_harms_nobody(path, writer):
    checkpoints = Checkpoints(path, lambda: writer, lambda: 0.0, BOUNDS)
    checkpoints._file.close()
    write(writer, 2 * PAGES)
    for _ in range(10):
        write(writer)
        checkpoints.tend()
    checkpoints._thread.shutdown()
    assert writer.execute("SELECT count(*) FROM one").fetchone() == (2 * PAGES + 10,)
