"""What was stored on SQLite is on PostgreSQL after a transfer, to the letter; what cannot be moved changes nothing."""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.servers.hook import Hook
from tests.servers.ports import wait_until
from tests.servers.postgresql import fresh_database
from tests.servers.process import Streams
from tests.servers.service import Service, Workspace

LISTS = (
    "/api/v1/events?limit=100",
    "/api/v1/events?q=h%C3%A9llo%20pro",
    "/api/v1/events?field.amount=99.90",
    "/api/v1/categories",
    "/api/v1/destinations",
    "/api/v1/keys",
    "/api/v1/quota",
    "/api/v1/stats?range=week",
)
CHECKED = {"role": "member", "status": "active", "month": 7, "outcome": "delivered", "interval": "month"}
"""Values of columns that take few."""
_numbers = count(1)


@pytest.fixture
def empty(postgresql: str) -> Iterator[str]:
    """The URL of an empty database on the server."""
    with fresh_database(postgresql, f"pp_{os.getpid()}_transfer_{next(_numbers)}") as url:
        yield url


@pytest.fixture
def stopped(bare: Service, hook: Hook) -> tuple[Service, Workspace]:
    """An installation on SQLite that has run for a while, and has something in each table."""
    bare.start()
    workspace = bare.workspace(password="correct horse battery")
    bare.category(workspace)
    made = bare.destination(workspace, "webhook", f"url={hook.url}")
    own = {"name": "own", "color": "#00FF00", "emoji": "💰", "destinationIds": [str(made["destinationId"])]}
    assert bare.request("POST", "/api/v1/categories", _body(own), _bearer(workspace)).status == 201
    fields = {"amount": 99.90, "plan": "pro", "is": True, "none": "", "big": 12345678901234567890}
    for number in range(5):
        late = (datetime.now(UTC) - timedelta(hours=number)).isoformat()
        event = {"category": ("sale", "own")[number % 2], "description": f"Héllo \\ \t\n{number} 😀", "fields": fields}
        assert bare.post(workspace.key, event | {"timestamp": late}, **{"Idempotency-Key": f"k{number}"}).status == 200
    hook.wait_for(5)
    wait_until(lambda: _delivered(bare) == 5, "all are delivered")
    wait_until(lambda: _settled(bare), "all is findable and tallied")
    assert bare.stop() == 0
    _fill_the_rest(bare)
    return bare, workspace


@pytest.fixture
def small(bare: Service) -> Service:
    """An installation on SQLite that holds a workspace, and was never started."""
    bare.workspace()
    return bare


def test_all_is_there_and_goes_on(stopped: tuple[Service, Workspace], hook: Hook, empty: str):
    service, workspace = stopped
    before, seen = _content(service), _seen(service, workspace)
    assert [len(found["events"]) for found in seen[:3]] == [5, 5, 5]
    _take_up(service)
    source = _content(service)
    done = _transfer(service, empty)
    assert done["isSame"]
    assert [row["table"] for row in done["tables"] if not row["rows"]] == []
    assert source != before
    refused = service.run("serve")
    assert (refused.returncode, "was moved to PostgreSQL at 127.0.0.1:" in refused.stderr) == (2, True), refused.stderr

    service.settings["PINGPILOT_DATABASE_URL"] = empty
    heard = len(hook.requests)
    service.start()
    hook.wait_for(heard + 2)  # what waited, and what the old worker had taken up
    wait_until(lambda: _delivered(service) == 5, "all are delivered")
    assert service.rows("SELECT count(*) FROM store_delivery WHERE is_maybe_repeat")[0][0] == 1
    for path, now, then in zip(LISTS, _answers(service, workspace), seen, strict=True):
        assert now == then, path
    service.category(workspace, "new")  # numbers go on behind those that were ever given
    assert service.rows("SELECT id FROM store_category WHERE name = 'new'")[0][0] > 1000
    assert service.post(workspace.key, {"category": "own"}).status == 403  # the key is for another category, as before
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    again = service.post(workspace.key, {"category": "sale"}, **{"Idempotency-Key": "k0"})
    assert (again.status, again.json["code"]) == (422, "idempotency_key_reused")  # it stood for another body before
    assert service.stop() == 0
    del service.settings["PINGPILOT_DATABASE_URL"]
    assert service.json("transfer", "--back")["movedTo"] in empty
    assert _content(service) == source


def test_what_arrives_otherwise_is_found_and_not_kept(small: Service, empty: str):
    with _each_workspace(small, empty, "NEW.created_at := NEW.created_at + interval '1 microsecond'"):
        refused = small.run("transfer", empty)
    assert (refused.returncode, "differs in store_workspace." in refused.stderr) == (1, True), refused.stderr
    assert "≠" in refused.stdout
    assert _rows_of_workspaces(empty) == 0
    assert _transfer(small, empty)["isSame"]


def test_a_transfer_that_is_killed_leaves_nothing_and_is_made_again(small: Service, empty: str):
    with _each_workspace(small, empty, "PERFORM pg_sleep(3)") as server, Path(os.devnull).open("r+b") as nothing:
        streams = Streams(*[nothing.fileno()] * 3)
        process = small.launch(["transfer", empty], small.environment, small.folder, streams)
        wait_until(lambda: _activity(server, "state = 'active' AND wait_event = 'PgSleep'") == 1, "it copies")
        process.kill()
        process.wait(10)
        wait_until(lambda: _activity(server, "true") == 0, "the server has noticed")
    assert _rows_of_workspaces(empty) == 0
    assert _transfer(small, empty)["isSame"]


@contextmanager
def _each_workspace(service: Service, url: str, statement: str) -> Iterator[psycopg.Connection]:
    """Make the tables at the URL, and carry out a statement whenever a workspace arrives there."""
    service.settings["PINGPILOT_DATABASE_URL"] = url
    assert service.run("migrate").returncode == 0
    del service.settings["PINGPILOT_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as server:
        body = f"$$BEGIN {statement}; RETURN NEW; END$$"
        server.execute(f"CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS {body}".encode())
        server.execute("CREATE TRIGGER other BEFORE INSERT ON store_workspace FOR EACH ROW EXECUTE FUNCTION other()")
        yield server
        server.execute("DROP TRIGGER other ON store_workspace")


def _activity(server: psycopg.Connection, condition: str) -> int:
    here = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pingpilot'"
    row = server.execute(f"SELECT count(*) {here} AND {condition}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_what_postgresql_does_not_take_is_said_and_not_kept(small: Service, empty: str):
    small.rows("UPDATE store_workspace SET name = 'a' || char(0)")
    refused = small.run("transfer", empty)
    assert (refused.returncode, "A row of store_workspace was refused" in refused.stderr) == (2, True), refused.stderr
    assert _rows_of_workspaces(empty) == 0


def test_a_database_with_something_in_it_stays_as_it_is(small: Service, empty: str):
    with psycopg.connect(empty, autocommit=True) as server:
        server.execute("CREATE TABLE ledger (id int)")
    refused = small.run("transfer", empty)
    assert (refused.returncode, "belongs to something else: it has the table ledger" in refused.stderr) == (2, True)
    with psycopg.connect(empty, autocommit=True) as server:
        server.execute("DROP TABLE ledger")
    assert _transfer(small, empty)["isSame"]
    again = small.run("transfer", empty)
    assert (again.returncode, "All was moved to 127.0.0.1:" in again.stderr) == (2, True), again.stderr
    assert small.run("transfer", "--back").returncode == 0
    again = small.run("transfer", empty)
    assert (again.returncode, "is not empty" in again.stderr) == (2, True), again.stderr
    assert small.run("workspaces", "list").returncode == 0  # a refusal leaves it in use


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@127.0.0.1/pingpilot", "address of the new database is wrong"),
        ("postgresql://pingpilot@127.0.0.1:port/pingpilot", "address of the new database is wrong"),
        ("postgresql://pingpilot@127.0.0.1:1/pingpilot", "does not answer"),
        ("", "PINGPILOT_TRANSFER_TO"),
    ],
)
def test_a_wrong_address_is_one_sentence(bare: Service, url: str, said: str):
    assert bare.run("migrate").returncode == 0
    refused = bare.run("transfer", *([url] if url else []))
    assert (refused.returncode, said in refused.stderr, refused.stderr.count("\n")) == (2, True, 1), refused.stderr


def test_nothing_goes_into_a_database_that_somebody_uses(small: Service, empty: str):
    with psycopg.connect(empty, application_name="pingpilot"):
        refused = small.run("transfer", empty)
    assert (refused.returncode, "is running on the new database" in refused.stderr) == (2, True), refused.stderr


def test_where_nothing_was_stored_or_all_is_on_postgresql_nothing_is_moved(bare: Service, empty: str):
    nothing = bare.run("transfer", empty)
    assert (nothing.returncode, "nothing was ever stored there" in nothing.stderr) == (2, True)
    bare.settings["PINGPILOT_DATABASE_URL"] = empty
    already = bare.run("transfer", empty)
    assert (already.returncode, "is on PostgreSQL already" in already.stderr) == (2, True)


def _transfer(service: Service, url: str) -> Any:
    """Transfer as one should: with the address in the environment."""
    service.settings["PINGPILOT_TRANSFER_TO"] = url
    done = service.json("transfer")
    del service.settings["PINGPILOT_TRANSFER_TO"]
    return done


def _seen(service: Service, workspace: Workspace) -> list[Any]:
    """Return what the installation on SQLite answers."""
    service.start()
    seen = _answers(service, workspace)
    assert service.stop() == 0
    return seen


def _answers(service: Service, workspace: Workspace) -> list[Any]:
    return [_without_uses(service.request("GET", path, headers=_bearer(workspace)).json) for path in LISTS]


def _without_uses(answer: Any) -> Any:
    """Leave out the present, and when something was last used."""
    if isinstance(answer, dict):
        return {
            name: _without_uses(one) for name, one in answer.items() if name != "to" and not name.startswith("last")
        }
    return [_without_uses(one) for one in answer] if isinstance(answer, list) else answer


def _take_up(service: Service) -> None:
    """Let one delivery wait, and one be in the hands of a worker that is gone."""
    first, second = [row[0] for row in service.rows("SELECT id FROM store_delivery WHERE channel = 'webhook' LIMIT 2")]
    service.rows("UPDATE store_delivery SET state = 'PENDING', final_at = NULL WHERE id = ?", first)
    lease = "state = 'SENDING', final_at = NULL, lease_owner = 'gone', lease_until = '2999-01-01 00:00:00'"
    service.rows(f"UPDATE store_delivery SET {lease} WHERE id = ?", second)


def _content(service: Service) -> str:
    with closing(sqlite3.connect(service.folder / "data" / "pingpilot.db")) as file:
        return hashlib.sha256("\n".join(file.iterdump()).encode()).hexdigest()


def _delivered(service: Service) -> int:
    return int(service.rows("SELECT count(*) FROM store_delivery WHERE state = 'DELIVERED'")[0][0])


def _settled(service: Service) -> bool:
    filed, tallied = "SELECT count(*) FROM store_search", "SELECT sum(events) FROM store_tally t JOIN store_series s "
    tallied += "ON s.id = t.series_id WHERE s.name = '' AND t.slots = 1"
    return bool(service.rows(filed)[0][0] == service.rows(tallied)[0][0] == 5)


def _rows_of_workspaces(url: str) -> int:
    with psycopg.connect(url) as server:
        row = server.execute("SELECT count(*) FROM store_workspace").fetchone()
    assert row is not None
    return int(row[0])


def _body(value: object) -> bytes:
    return json.dumps(value).encode()


def _bearer(workspace: Workspace) -> dict[str, str]:
    return {"Authorization": f"Bearer {workspace.key}", "Content-Type": "application/json"}


def _fill_the_rest(service: Service) -> None:
    """Put a row into each table that is empty still, made of what its columns say of themselves."""
    with closing(sqlite3.connect(service.folder / "data" / "pingpilot.db")) as file, file:
        ours = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'store_search%'"
        names = [name for (name,) in file.execute(ours)]
        while empty := [one for one in names if not file.execute(f"SELECT count(*) FROM {one}").fetchone()[0]]:
            assert [one for one in empty if _fill(file, one)], f"nothing goes into {empty}"
        file.execute("UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'store_category'")


def _fill(file: sqlite3.Connection, table: str) -> bool:
    """Put a row into a table; False where one that it has to name is missing still."""
    named = {row[3]: (row[2], row[4]) for row in file.execute(f"PRAGMA foreign_key_list({table})")}
    row: dict[str, object] = {}
    for _, name, kind, _, _, is_key in file.execute(f"PRAGMA table_info({table})").fetchall():
        if name in named:
            other, column = named[name]
            found = file.execute(f'SELECT "{column or "id"}" FROM {other} LIMIT 1').fetchone()
            if found is None:
                return False
            row[name] = found[0]
        elif not (is_key and kind.lower() == "integer"):
            row[name] = CHECKED.get(name) or _value(name, kind.lower())
    columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    file.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))
    return True


def _value(name: str, kind: str) -> object:
    soon = (datetime.now(UTC) + timedelta(days=2)).replace(tzinfo=None, microsecond=120_000)
    makes: dict[str, Callable[[], object]] = {
        "blob": lambda: b"\x00\xff\\x",
        "datetime": lambda: soon.isoformat(" "),
        "bool": lambda: 0,
        "char(32)": lambda: "0123456789abcdef" * 2,
        "text": lambda: '{"b": 1.50, "a": [true, null, "é\\n"]}',
    }
    make = makes.get(kind)
    if make is not None:
        return make()
    return 1 if "int" in kind else name[:2]
