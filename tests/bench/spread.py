"""An installation spread over processes: how many ids are handed over, and what an event costs in each of its parts."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cpu import children_of, spent_by, used_by
from tests.bench.delivery import fetched, percentile, running_sink
from tests.bench.drive import EVENT, Load, Run, drive
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, write_keys
from tests.bench.grow import DESTINATIONS
from tests.servers.nats import Node, running_nats
from tests.servers.ports import wait_until
from tests.servers.postgresql import Postgresql, fresh_database, postgresql_server
from tests.servers.service import Service

IDS = 100_000
BURST_CONNECTIONS, BURST_S = 64, 6.0
STEADY_PER_S, STEADY_CONNECTIONS, STEADY_S = 300, 32, 5.0
_OPEN = "SELECT 1 FROM store_delivery WHERE state IN ('PENDING', 'SENDING') LIMIT 1"
_BYTES = """
    SELECT sum(pg_total_relation_size(part)) FROM (
        SELECT name::regclass FROM unnest(?::text[]) name
        UNION SELECT t.relid FROM unnest(?::text[]) name, pg_partition_tree(name::regclass) t
    ) AS parts(part)
"""
_TABLES = ["store_event", "store_delivery", "store_attempt"]


def measure(ground: Ground) -> Iterator[Section]:
    """Measure the hand-over alone, then all of it."""
    with running_nats() as node:
        note = f"{IDS:,} ids from one process to another through JetStream's file store, 300 addresses."
        yield Section("Handing over", note, [_handed_over(node, together) for together in (512, 30, 3)])
    note = f"{DESTINATIONS} webhooks an event, PostgreSQL and NATS; everything on the same machine."
    yield Section("Spread over processes", note, [figure for workers in (1, 2) for figure in _spread(ground, workers)])


def _handed_over(node: Node, together: int) -> Figure:
    words = [node.url, f"bench-{together}", str(IDS), str(together)]
    taker, giver = _carrier("take", words), _carrier("give", words)
    ends = [json.loads(process.communicate(timeout=120)[0]) for process in (giver, taker)]
    seconds = ends[1]["ended"] - ends[0]["begun"]
    costs = [end["cpu_s"] / IDS * 1e6 for end in ends]
    beside = f"{costs[0]:.1f} µs to announce, {costs[1]:.1f} µs to take"
    return Figure(f"{together} ids at a time", f"{IDS / seconds:,.0f} ids/s", beside=beside)


def _carrier(way: str, words: Sequence[str]) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.carrier", way, *words], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@dataclass
class _Spread:
    """What runs, and by which processes it is measured."""

    server: Service
    workers: list[Service]
    database: Postgresql
    node: Node
    keys: Path

    def used(self) -> Mapping[str, float]:
        """Return the processor time of each part so far, in microseconds."""
        server, workers = spent_by(_pid(self.server)), [spent_by(_pid(worker)) for worker in self.workers]
        assert self.database.process is not None
        assert self.node.process is not None
        return {
            "accepting": server.loop + server.other,
            "its writer": server.writer,
            "delivering": sum(one.loop + one.other for one in workers),
            "their writers": sum(one.writer for one in workers),
            "PostgreSQL": sum(used_by(pid) for pid in children_of(self.database.process.pid)),
            "NATS": used_by(self.node.process.pid),
        }

    def rest(self) -> None:
        wait_until(lambda: not self.server.rows(_OPEN), "the backlog is delivered", 300, every_s=0.2)


@contextmanager
def _running(ground: Ground, sink: str, workers: int) -> Iterator[_Spread]:
    folder = ground.folder / f"spread-{workers}"
    folder.mkdir()
    with ExitStack() as ends:
        database = ends.enter_context(postgresql_server(is_durable=True))
        url = ends.enter_context(fresh_database(database.url, "spread"))
        node = ends.enter_context(running_nats())
        settings = {
            "PINGPILOT_DATABASE_URL": url,
            "PINGPILOT_BROKER_URL": node.url,
            "PINGPILOT_SECRET_KEY": "one secret that all processes have in common",
        }
        made = [Service(_folder(folder / str(number)), dict(settings)) for number in range(1 + workers)]
        assert made[0].run("migrate").returncode == 0
        for service in made:
            ends.callback(_ended, service)
        server = made[0].start("--no-worker")
        workspace = server.workspace()
        server.category(workspace)
        for number in range(DESTINATIONS):
            server.destination(workspace, "webhook", f"url={sink}/{number}")
        spread = _Spread(server, [one.work() for one in made[1:]], database, node, write_keys(server, [workspace.key]))
        drive(server, Load(EVENT, spread.keys, 16, 2.0))
        spread.rest()
        server.rows("ANALYZE")
        yield spread


def _spread(ground: Ground, workers: int) -> Iterator[Figure]:
    with running_sink() as sink, _running(ground, sink, workers) as spread:
        name = f"{workers} worker{'s' if workers > 1 else ''}"
        yield from _steady(spread, sink, name)
        yield from _burst(spread, sink, name)


def _steady(spread: _Spread, sink: str, name: str) -> Iterator[Figure]:
    fetched(sink)
    before = spread.used()
    run = drive(spread.server, Load(EVENT, spread.keys, STEADY_CONNECTIONS, STEADY_S, STEADY_PER_S))
    spread.rest()
    accepted = dict(run.accepted)
    waits = sorted((at - accepted[event]) * 1_000 for event, at in fetched(sink) if event in accepted)
    pace = f"{STEADY_PER_S} events/s"
    yield Figure(f"{name}: accepted", pace, None, "", run.p50_ms, run.p99_ms)
    beside = _costs(before, spread.used(), run)
    yield Figure(f"{name}: accepted → provider", pace, None, beside, percentile(waits, 50), percentile(waits, 99))


def _burst(spread: _Spread, sink: str, name: str) -> Iterator[Figure]:
    fetched(sink)
    before, bytes_before = spread.used(), _stored_bytes(spread.server)
    run = drive(spread.server, Load(EVENT, spread.keys, BURST_CONNECTIONS, BURST_S))
    spread.rest()
    times = [at for _, at in fetched(sink)]
    per_s = len(times) / (max(times) - min(times))
    size = (_stored_bytes(spread.server) - bytes_before) / run.events
    yield Figure(f"{name}: burst accepted", f"{run.per_s:,.0f} events/s", None, f"{size:,.0f} bytes an event")
    yield Figure(f"{name}: burst delivered", f"{per_s:,.0f} deliveries/s", None, _costs(before, spread.used(), run))


def _costs(before: Mapping[str, float], after: Mapping[str, float], run: Run) -> str:
    """Say how many microseconds of processor each part took for an event with its deliveries."""
    return ", ".join(f"{part} {(after[part] - before[part]) / run.events:,.0f} µs" for part in before)


def _stored_bytes(service: Service) -> int:
    return int(service.rows(_BYTES, _TABLES, _TABLES)[0][0])


def _pid(service: Service) -> int:
    assert service.process is not None
    return service.process.pid


def _ended(service: Service) -> None:
    if service.process is not None and service.process.poll() is None:
        service.kill()


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
