"""An installation is moved to PostgreSQL while it is in use: nothing it accepted is missing, whatever happens."""

import json
import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.postgresql import fresh_database
from tests.servers.process import Launch, Process, Streams
from tests.servers.service import Service, Workspace

STORED = 2_000
"""Events that are there when a transfer begins."""
BATCH = 500
LEFT = "SELECT count(*) FROM sqlite_master WHERE name LIKE 'transfer%'"
KILLS = 6
_numbers = count(1)


@dataclass
class Load:
    """Reports events without a pause, each with its number, and keeps those that were accepted."""

    service: Service
    workspace: Workspace
    accepted: set[int] = field(default_factory=set)
    refused: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def report(self) -> None:
        number = next(self.numbers)
        with suppress(OSError):  # nobody listens: it is being moved
            if self.service.post(self.workspace.key, {"category": "sale", "fields": {"number": number}}).status == 200:
                self.accepted.add(number)
                return
        self.refused += 1
        time.sleep(0.02)

    @contextmanager
    def running(self) -> Iterator["Load"]:
        end = threading.Event()

        def report_on() -> None:
            while not end.is_set():
                self.report()

        thread = threading.Thread(target=report_on)
        thread.start()
        try:
            yield self
        finally:
            end.set()
            thread.join()


@pytest.fixture(scope="module")
def template(postgresql: str, launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database with tables and without rows: making them takes longer than a small transfer."""
    name = f"pp_{os.getpid()}_running"
    with fresh_database(postgresql, name) as url:
        folder = tmp_path_factory.mktemp("template")
        made = Service(folder, {"PINGPILOT_DATABASE_URL": url}, launch=launch).run("migrate")
        assert made.returncode == 0, made.stderr
        yield name


@pytest.fixture
def empty(postgresql: str, template: str) -> Iterator[str]:
    """The URL of a database without rows on the server."""
    with fresh_database(postgresql, f"{template}_{next(_numbers)}", template) as url:
        yield url


@pytest.fixture
def load(bare: Service, hook: Hook) -> Load:
    """What reports to an installation on SQLite that runs, and holds some events."""
    bare.start()
    workspace = bare.workspace()
    bare.category(workspace)
    bare.destination(workspace, "webhook", f"url={hook.url}")
    load = Load(bare, workspace)
    for _ in range(STORED // BATCH):
        numbers = [next(load.numbers) for _ in range(BATCH)]
        events = [{"category": "sale", "fields": {"number": number}} for number in numbers]
        headers = {"Authorization": f"Bearer {workspace.key}"}
        stored = bare.request("POST", "/api/v1/events", json.dumps(events).encode(), headers)
        assert stored.status == 207
        load.accepted.update(numbers)
    return load


def test_it_goes_on_until_it_is_moved_and_nothing_is_missing(load: Load, hook: Hook, empty: str):
    service = load.service
    service.settings["PINGPILOT_TRANSFER_TO"] = empty
    with load.running():
        done = service.json("transfer", "--stop")
        assert service.process is not None
        assert service.process.wait(10) == 0
        _goes_on_at(empty, service)
        at = len(load.accepted)
        wait_until(lambda: len(load.accepted) > at + 20, "it accepts again")
    assert done["isSame"]
    assert done["stoppedSeconds"] < done["seconds"]
    _nothing_is_missing(load, hook)
    assert service.stop() == 0


def test_the_operator_stops_it_when_asked_to(load: Load, hook: Hook, empty: str):
    service = load.service
    with load.running(), _transferring(service, empty) as (process, said):
        wait_until(lambda: "stop PingPilot now" in said.read_text(), "it asks")
        at = len(load.accepted)
        wait_until(lambda: len(load.accepted) > at + 20, "it accepts meanwhile")
        assert service.stop() == 0
        assert process.wait(30) == 0, said.read_text()
        _goes_on_at(empty, service)
    _nothing_is_missing(load, hook)
    assert service.stop() == 0


def test_a_transfer_may_be_killed_at_any_moment_and_begun_again(load: Load, hook: Hook, empty: str):
    service = load.service
    service.settings["PINGPILOT_TRANSFER_TO"] = empty
    moments = random.Random(os.getpid())
    with load.running():
        for _ in range(KILLS):
            with _transferring(service, empty, "--wait", "1") as (process, said):
                wait_until(lambda: _left(service) > 0, "it notes changes")
                with suppress(Exception):
                    process.wait(moments.uniform(0, 2))
                assert process.poll() is None, said.read_text()
            wait_until(lambda: _uses(empty) == 0, "the server has noticed")
            assert _rows(empty) == 0
        wait_until(lambda: _left(service) == 0, "the running server clears away", 30)
        assert service.json("transfer", "--stop")["isSame"]
        assert service.process is not None
        assert service.process.wait(10) == 0
        _goes_on_at(empty, service)
    _nothing_is_missing(load, hook)
    assert service.stop() == 0


def test_one_that_is_interrupted_takes_away_what_it_put_there(load: Load, empty: str):
    with _transferring(load.service, empty) as (process, said):
        wait_until(lambda: "stop PingPilot now" in said.read_text(), "it asks")
        assert _left(load.service) > 0
        process.send_signal(15)
        assert process.wait(10) != 0
    assert _left(load.service) == 0
    assert load.service.post(load.workspace.key, {"category": "sale"}).status == 200
    assert _rows(empty) == 0
    assert load.service.stop() == 0


def test_what_differs_stops_nothing(load: Load, empty: str):
    service = load.service
    with psycopg.connect(empty, autocommit=True) as server:
        server.execute(
            "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.description := 'other'; "
            "RETURN NEW; END$$"
        )
        server.execute("CREATE TRIGGER other BEFORE INSERT ON store_event FOR EACH ROW EXECUTE FUNCTION other()")
    refused = service.run("transfer", empty, "--stop")
    assert (refused.returncode, "differs in store_event." in refused.stderr) == (1, True), refused.stderr
    assert service.post(load.workspace.key, {"category": "sale"}).status == 200
    assert (_left(service), _rows(empty)) == (0, 0)
    assert service.stop() == 0


def test_two_transfers_do_not_meet(load: Load, empty: str):
    with _transferring(load.service, empty) as (_, said):
        wait_until(lambda: "stop PingPilot now" in said.read_text(), "it asks")
        refused = load.service.run("transfer", empty)
        assert (refused.returncode, "Another PingPilot transfer" in refused.stderr) == (2, True), refused.stderr
    assert load.service.stop() == 0


def test_tables_that_are_changed_meanwhile_end_it(load: Load, empty: str):
    with _transferring(load.service, empty) as (process, said):
        wait_until(lambda: "stop PingPilot now" in said.read_text(), "it asks")
        load.service.rows("CREATE INDEX another ON store_event (received_at)")
        assert process.wait(30) == 2
        assert "start the transfer again" in said.read_text()
    assert _left(load.service) == 0
    assert load.service.stop() == 0


def test_a_moved_database_takes_nothing_in_by_whatever_way(load: Load, empty: str):
    service = load.service
    service.settings["PINGPILOT_TRANSFER_TO"] = empty
    assert service.json("transfer", "--stop")["isSame"]
    assert service.stop() == 0
    for words in (["serve"], ["worker"], ["migrate"], ["workspaces", "list"]):
        refused = service.run(*words)
        assert (refused.returncode, "--back" in refused.stderr) == (2, True), refused.stderr
    assert "moved to PostgreSQL at" in service.run("doctor").stdout
    with pytest.raises(sqlite3.IntegrityError, match="was moved to PostgreSQL"):
        service.rows("UPDATE store_workspace SET name = 'other'")
    assert service.run("transfer", "--back").returncode == 0
    service.start()
    assert service.post(load.workspace.key, {"category": "sale"}).status == 200
    assert service.stop() == 0
    again = service.run("transfer", "--back")
    assert (again.returncode, "was not moved" in again.stderr) == (2, True), again.stderr


@pytest.mark.parametrize("is_kept", [True, False])
def test_one_that_was_killed_between_its_last_two_steps_is_settled(load: Load, empty: str, *, is_kept: bool):
    service = load.service
    service.settings["PINGPILOT_TRANSFER_TO"] = empty
    assert service.json("transfer", "--stop")["isSame"]
    assert service.stop() == 0
    if not is_kept:  # the fence is up, and the new database did not hear of the end
        with psycopg.connect(empty, autocommit=True) as server:
            server.execute("DROP SCHEMA public CASCADE")
            server.execute("CREATE SCHEMA public")
    again = service.run("transfer")
    if is_kept:
        assert (again.returncode, "All was moved" in again.stderr) == (2, True), again.stderr
    else:
        assert again.returncode == 0, again.stderr
        assert _rows(empty) == 1


def _goes_on_at(url: str, service: Service) -> None:
    service.settings["PINGPILOT_DATABASE_URL"] = url
    service.start()


def _nothing_is_missing(load: Load, hook: Hook) -> None:
    """See that what was accepted is stored once and delivered, and what came twice is marked."""
    service = load.service
    rows = service.rows("SELECT fields FROM store_event WHERE purpose = 'report'")
    stored = Counter(int(json.loads(fields)["number"]) for (fields,) in rows)
    assert load.accepted <= stored.keys()
    assert set(stored.values()) == {1}
    open_ones = "SELECT count(*) FROM store_delivery WHERE state <> 'DELIVERED'"
    wait_until(lambda: service.rows(open_ones)[0][0] == 0, "all are delivered", 60)
    heard = Counter(int(one.json["data"]["fields"]["number"]) for one in hook.requests)
    assert stored.keys() <= heard.keys()
    twice = {number for number, times in heard.items() if times > 1}
    marked = service.rows(
        "SELECT e.fields FROM store_delivery d JOIN store_event e ON e.id = d.event_id WHERE d.is_maybe_repeat"
    )
    assert twice <= {int(json.loads(fields)["number"]) for (fields,) in marked}


@contextmanager
def _transferring(service: Service, url: str, *words: str) -> Iterator[tuple[Process, Path]]:
    """Run a transfer beside what the block does; kill it at its end. Gives where it says what goes on."""
    said = service.folder / f"transfer-{next(_numbers)}"
    with said.open("wb") as sink, Path(os.devnull).open("rb") as nothing:
        streams = Streams(nothing.fileno(), sink.fileno(), sink.fileno())
        process = service.launch(["transfer", url, *words], service.environment, service.folder, streams)
    try:
        yield process, said
    finally:
        process.kill()
        process.wait(10)


def _left(service: Service) -> int:
    """Count what a transfer has put into the database."""
    with closing(sqlite3.connect(service.folder / "data" / "pingpilot.db", timeout=20)) as file:
        return int(file.execute(LEFT).fetchone()[0])


def _uses(url: str) -> int:
    return _count(url, "pg_stat_activity WHERE datname = current_database() AND application_name = 'pingpilot'")


def _rows(url: str) -> int:
    return _count(url, "store_workspace")


def _count(url: str, what: str) -> int:
    with psycopg.connect(url) as server:
        row = server.execute(f"SELECT count(*) FROM {what}".encode()).fetchone()
    assert row is not None
    return int(row[0])
