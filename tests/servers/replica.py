"""A PostgreSQL server and another that follows it by streaming, on the loopback."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from tests.servers.ports import wait_until
from tests.servers.postgresql import Postgresql, postgresql_server

NAME = "second"
WAIT_S = 60
OPTIONS = ("-c", "wal_retrieve_retry_interval=1s")
"""How soon a replica looks for its primary again: commits may wait for it."""
_SENDING = "SELECT sync_state FROM pg_stat_replication WHERE application_name = %s AND state = 'streaming'"


@dataclass
class Pair:
    """A primary and its replica; after ``promote`` the second one is the primary."""

    primary: Postgresql
    replica: Postgresql

    def url(self, database: str) -> str:
        """Return the address of a database on whichever of both can be written to."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in (self.primary, self.replica))
        return f"postgresql://pingpilot@{hosts}/{database}"

    def made(self, database: str) -> str:
        """Make a database and return its address; it goes with the servers, of which one may be lost."""
        with psycopg.connect(self.primary.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def sync_state(self) -> str:
        """Return what the primary says of its replica: ``async``, ``sync``; nothing while none follows."""
        rows = asked(self.primary.url, _SENDING, NAME)
        return str(rows[0][0]) if rows else ""

    def wait_for_each_other(self) -> None:
        """Have every commit wait from now on until it is on the disk of both."""
        with psycopg.connect(self.primary.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'")
            connection.execute("SELECT pg_reload_conf()")
        wait_until(lambda: self.sync_state() == "sync", "commits wait for the replica", WAIT_S)

    def promote(self) -> None:
        """Make the replica the primary; returns once it can be written to."""
        self.replica.run("pg_ctl", "promote", "-w", "-t", str(WAIT_S))


def asked(url: str, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Return the rows of one statement."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement, values).fetchall()


@contextmanager
def following(primary: Postgresql) -> Iterator[Pair]:
    """Start a replica of a server that runs, for as long as the context lasts."""
    replica = Postgresql(primary.folder / NAME, primary.place, [*primary.options, *OPTIONS])
    replica.make_folder()
    source = f"host=127.0.0.1 port={primary.port} user=pingpilot application_name={NAME}"
    replica.run("pg_basebackup", "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
    pair = Pair(primary, replica)
    try:
        replica.start()
        wait_until(lambda: pair.sync_state() == "async", "the replica follows", WAIT_S)
        yield pair
    finally:
        replica.stop()
        shutil.rmtree(replica.folder, ignore_errors=True)


@contextmanager
def postgresql_pair() -> Iterator[Pair]:
    """Run both, and keep what they commit as at a user's."""
    with postgresql_server(is_durable=True) as primary, following(primary) as pair:
        yield pair
