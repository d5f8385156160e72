"""What the doctor says of the PostgreSQL server."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

import psycopg
import pytest

from pingpilot.cli.doctor_postgresql import connections, examine_server, locks, months_ahead
from pingpilot.store.server import Server
from tests.servers.ports import free_port
from tests.servers.postgresql import fresh_database
from tests.servers.service import Service

GOOD = Server(
    {
        "server_version": "16.4 (Debian 16.4-1)",
        "server_version_num": "160004",
        "max_connections": "100",
        "superuser_reserved_connections": "3",
        "reserved_connections": "0",
        "max_locks_per_transaction": "64",
        "autovacuum": "on",
        "track_counts": "on",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    },
    in_use=10,
    ours=8,
    is_replica=False,
)
_numbers = count(1)


def given(**settings: str) -> Server:
    return replace(GOOD, settings={**GOOD.settings, **settings})


def test_a_server_as_it_should_be_is_well():
    findings = list(examine_server(GOOD))
    assert {one.state for one in findings} == {"ok"}
    assert findings[0].found == "PostgreSQL 16.4"


@pytest.mark.parametrize(
    ("server", "subject", "said"),
    [
        (given(server_version="13.9", server_version_num="130009"), "database", "14"),
        (replace(GOOD, is_replica=True), "database", "primary"),
        (given(fsync="off"), "database safety", "fsync"),
        (given(synchronous_commit="off"), "database safety", "synchronous_commit"),
        (given(autovacuum="off"), "database upkeep", "autovacuum"),
        (given(max_connections="30"), "database connections", "max_connections"),
    ],
)
def test_what_would_lose_or_stop_is_bad_and_how_to_mend_it_is_said(server: Server, subject: str, said: str):
    (bad,) = [one for one in examine_server(server) if one.state == "bad"]
    assert bad.subject == subject
    assert said in bad.fix


def test_the_connections_are_counted_out():
    assert "enough for 2 of each" in connections(GOOD).found
    assert "enough for 7 of each" in connections(given(max_connections="300")).found
    assert connections(replace(GOOD, in_use=90)).state == "note"


def test_months_that_are_missing_are_said():
    assert months_ahead(0, has_strays=False).state == "ok"
    assert months_ahead(2, has_strays=False).state == "note"
    assert months_ahead(4, has_strays=True).state == "bad"
    assert "pingpilot migrate" in months_ahead(1, has_strays=False).fix
    assert "outside" in months_ahead(0, has_strays=True).found


def test_locks_for_many_months_need_room():
    assert locks(GOOD, 200).state == "ok"
    assert "max_locks_per_transaction of PostgreSQL to 80" in locks(GOOD, 1_000).fix


def examined(bare: Service) -> Mapping[str, Mapping[str, str]]:
    return {one["subject"]: one for one in json.loads(bare.run("doctor", "--json").stdout)["findings"]}


@pytest.fixture
def spread_out(bare: Service, postgresql: str) -> Iterator[Service]:
    """An installation on a PostgreSQL database that is up to date."""
    with fresh_database(postgresql, f"pp_{os.getpid()}_doctor_{next(_numbers)}") as url:
        bare.settings["PINGPILOT_DATABASE_URL"] = url
        assert bare.run("migrate").returncode == 0
        yield bare


def test_the_doctor_asks_the_server(spread_out: Service):
    with psycopg.connect(spread_out.settings["PINGPILOT_DATABASE_URL"], application_name="pingpilot"):
        found = examined(spread_out)
    assert found["database"]["state"] == "ok"
    assert ", 1 of those by this instance" in found["database connections"]["found"]
    assert found["database safety"]["state"] == "bad"  # the server of tests keeps nothing
    assert found["sealed"]["state"] == "ok"
    assert found["database months"]["state"] == "ok"
    assert found["database locks"]["state"] == "ok"


def test_a_server_that_does_not_answer_is_bad(bare: Service):
    bare.settings["PINGPILOT_SECRET_KEY"] = "one secret that all processes have in common"
    bare.settings["PINGPILOT_DATABASE_URL"] = f"postgresql://someone:secret-word@127.0.0.1:{free_port()}/none"
    found = examined(bare)["database"]
    assert found["state"] == "bad"
    assert "does not answer" in found["found"]
    assert "secret-word" not in str(found)


def test_before_the_first_start_it_is_left_alone(bare: Service):
    bare.settings["PINGPILOT_DATABASE_URL"] = f"postgresql://127.0.0.1:{free_port()}/none"
    assert examined(bare)["database"]["state"] == "note"
    assert not (bare.folder / "data").exists()
