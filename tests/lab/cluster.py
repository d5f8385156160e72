"""An installation spread over processes: two servers, two workers, PostgreSQL with its replica, three NATS servers."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.lab.clock import Clock
from tests.lab.ground import PATIENCE_S, Ground, Site, seeded
from tests.lab.outlets import OUTLETS, SECRETS, operator_settings
from tests.servers.nats import Node, running_cluster
from tests.servers.ports import wait_until
from tests.servers.replica import Pair, postgresql_pair
from tests.servers.service import Service

SERVERS = WORKERS = 2
COPIES = 3
STREAM = "lab"
KINDS = ("webhook", "telegram", "discord")
"""One destination on each: a receiver that can tell repeats, and two of whose messages the store must mark them."""


@dataclass
class Cluster:
    """What can be struck. ``site`` looks at it through the first server."""

    folder: Path
    settings: Mapping[str, str]
    database: Pair
    nodes: Sequence[Node]
    servers: list[Service]
    workers: list[Service]
    site: Site
    clock: Clock

    @property
    def services(self) -> list[Service]:
        """Return all processes of ours that live, and that have lived."""
        return [*self.servers, *self.workers, *self._gone]

    def __post_init__(self) -> None:
        self._gone: list[Service] = []

    def replace(self, worker: Service) -> None:
        """Start another worker in place of one that is dead."""
        self._gone.append(worker)
        self.workers[self.workers.index(worker)] = self.made(f"worker-{len(self._gone)}-again").work()

    def made(self, name: str) -> Service:
        """Return a service that is not started."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copytree(self.folder / "made" / "data", folder / "data")
        secrets = {*SECRETS, self.site.key}
        return Service(folder, dict(self.settings), secrets=secrets, starts_within_s=PATIENCE_S)

    def relaying(self) -> Service:
        """Return the worker that leads the relay."""
        wait_until(lambda: any(map(_leads, self.workers)), "a worker leads the relay", PATIENCE_S)
        return next(worker for worker in self.workers if _leads(worker))

    def leading(self) -> Node:
        """Return the NATS server that leads the stream."""
        leaders: list[str] = []

        def is_known() -> bool:
            leaders[:] = [name for name in map(_leader_known_to, self.nodes) if name]
            return bool(leaders)

        wait_until(is_known, "the stream has a leader", PATIENCE_S, 0.2)
        return self.nodes[int(leaders[0].removeprefix("n"))]


def _leads(worker: Service) -> bool:
    lines = [line for line in worker.log.splitlines() if '"relay"' in line and '"leadership.' in line]
    return bool(lines) and "leadership.gained" in lines[-1]


def _leader_known_to(node: Node) -> str:
    try:
        with urlopen(f"http://127.0.0.1:{node.monitor}/jsz?accounts=true&streams=true", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
    except OSError:
        return ""
    streams = [one for account in told.get("account_details", ()) for one in account.get("stream_detail", ())]
    return next((str(one.get("cluster", {}).get("leader", "")) for one in streams if one["name"] == STREAM), "")


@contextmanager
def open_cluster(ground: Ground) -> Iterator[Cluster]:
    """Start everything, and end it with the context."""
    folder = ground.folder / "cluster"
    folder.mkdir()
    clock = Clock(folder / "clock")
    with postgresql_pair() as database, running_cluster(COPIES) as nodes:
        settings = {
            **operator_settings(ground.remotes),
            **clock.settings,
            "PINGPILOT_DATABASE_URL": database.made("cluster"),
            "PINGPILOT_BROKER_URL": ",".join(node.url for node in nodes),
            "PINGPILOT_BROKER_STREAM": STREAM,
            "PINGPILOT_BROKER_REPLICAS": str(COPIES),
        }
        database.wait_for_each_other()
        site = _installed(ground, Service(_made(folder / "made"), settings))
        cluster = Cluster(folder, settings, database, nodes, [], [], site, clock)
        try:
            cluster.servers += [cluster.made(f"server-{number}").start("--no-worker") for number in range(SERVERS)]
            cluster.workers += [cluster.made(f"worker-{number}").work() for number in range(WORKERS)]
            site.service = cluster.servers[0]
            yield cluster
        finally:
            for service in cluster.services:
                if service.process is not None and service.process.poll() is None:
                    service.kill()


def _installed(ground: Ground, service: Service) -> Site:
    """Make the tables, and a workspace with one destination of each kind."""
    assert service.run("migrate").returncode == 0
    outlets = [next(one for one in OUTLETS if one.kind == kind) for kind in KINDS]
    wanted = [(one.kind, one.settings(ground.remotes[one.provider])) for one in outlets]
    made = seeded(service, "cluster", wanted)
    site = Site(service, made["key"], dict(zip(made["destinations"], outlets, strict=True)), ground.remotes)
    site.heal()
    for remote in ground.remotes.values():
        remote.read()
    return site


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
