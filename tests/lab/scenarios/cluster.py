"""An installation of many processes, of which one part after the other is killed, stopped, or away for a while."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain

from tests.lab.accounting import Account, percentile
from tests.lab.cluster import Cluster, open_cluster
from tests.lab.ground import PATIENCE_S, Ground
from tests.lab.hurry import hurry
from tests.lab.reporting import Reporting, reporting
from tests.lab.table import Row
from tests.lab.verdict import broken_by, row_of, told_by_log
from tests.servers.nats import Node
from tests.servers.ports import wait_until
from tests.servers.service import Service

RATE = 15
"""Events a second, at each server."""
BEFORE_S, AFTER_S = 2.0, 4.0
LATE_S = 1.0
"""A delivery that took longer came late because of what was done."""
LATE_SHARE = 0.1
"""Of the deliveries of one second: fewer may be the machine's own noise."""
LEASES_PAST_S = 75
"""A lease, and the look for those that have run out."""

Heal = Callable[[], object]
Strike = Callable[[Cluster], Heal]


@dataclass(frozen=True)
class Blow:
    """What is done, for how many seconds, and for how many in a quick run."""

    name: str
    strike: Strike
    seconds: float
    seconds_quick: float


def run(ground: Ground) -> list[Row]:
    """Strike each part under load, heal it, and see whether all comes through."""
    with open_cluster(ground) as cluster:
        return [_phase(ground, cluster, blow, chr(ord("a") + number)) for number, blow in enumerate(BLOWS)]


def _phase(ground: Ground, cluster: Cluster, blow: Blow, letter: str) -> Row:
    begun, site = time.monotonic(), cluster.site
    with ExitStack() as ends:
        loads = [
            ends.enter_context(reporting(server.port, site.key, f"c{letter}{number}", RATE))
            for number, server in zip("ab", cluster.servers, strict=True)
        ]
        for load in loads:
            load.wait_for(1)
        time.sleep(BEFORE_S)
        heal, struck_at = blow.strike(cluster), time.monotonic()
        time.sleep(blow.seconds_quick if ground.is_quick else blow.seconds)
        heal()
        for server in cluster.servers:
            wait_until(server.is_ready, "every server is ready", PATIENCE_S)
        time.sleep(AFTER_S)
        for load in loads:
            load.end()
    is_at_rest = site.rest(AFTER_S) or (hurry(site, cluster.clock) if ground.is_quick else site.rest(LEASES_PAST_S))
    accepted = dict(chain.from_iterable(load.accepted.items() for load in loads))
    found = site.account(accepted, f"labc{letter}")
    sentences = chain.from_iterable(broken_by(found, load.statuses, is_at_rest=is_at_rest) for load in loads[:1])
    odd = {status for load in loads for status in load.statuses if status not in {"200", "503"}}
    return row_of(
        f"cluster: {blow.name}",
        found,
        time.monotonic() - begun,
        besides=_besides(found, accepted, loads, struck_at),
        broken=[*sentences, *(f"an answer {status}" for status in odd), *_told(cluster)],
    )


def _told(cluster: Cluster) -> list[str]:
    return [sentence for service in cluster.services for sentence in told_by_log(service)]


def _besides(found: Account, accepted: Mapping[str, float], loads: Sequence[Reporting], struck_at: float) -> str:
    """Say how long accepting took since the blow, and when deliveries were on time again."""
    since = [
        wait for load in loads for at, wait in zip(load.accepted.values(), load.waits, strict=True) if at >= struck_at
    ]
    refused = sum(load.statuses["503"] for load in loads)
    known = [(accepted[mark] - struck_at, wait) for waits in found.waits.values() for mark, wait in waits.items()]
    late = [(at, wait) for at, wait in known if wait > LATE_S and at + wait >= 0]
    return (
        f"ingest p99 {percentile(since, 99) * 1000:,.0f} ms, {refused:,} answers 503; new events on time again "
        f"{_on_time(known)} s after the blow, the last late delivery after "
        f"{max((at + wait for at, wait in late), default=0.0):.0f} s"
    )


def _on_time(known: Sequence[tuple[float, float]]) -> int:
    """Return the end of the last second after the blow in which more than a tenth of the deliveries began too late."""
    seconds: dict[int, list[bool]] = {}
    for at, wait in known:
        if at >= 0:
            seconds.setdefault(int(at), []).append(wait > LATE_S)
    return max((second + 1 for second, late in seconds.items() if sum(late) > LATE_SHARE * len(late)), default=0)


def _kill_server(cluster: Cluster) -> Heal:
    server = cluster.servers[1]
    server.kill()
    return lambda: server.start("--no-worker")


def _kill(cluster: Cluster, worker: Service) -> Heal:
    worker.kill()
    return lambda: cluster.replace(worker)


def _kill_worker(cluster: Cluster) -> Heal:
    leader = cluster.relaying()
    return _kill(cluster, next(worker for worker in cluster.workers if worker is not leader))


def _kill_relay(cluster: Cluster) -> Heal:
    return _kill(cluster, cluster.relaying())


def _kill_nodes(nodes: Sequence[Node]) -> Heal:
    for node in nodes:
        node.kill()

    def heal() -> None:
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait()

    return heal


def _kill_follower(cluster: Cluster) -> Heal:
    leader = cluster.leading()
    return _kill_nodes([next(node for node in cluster.nodes if node is not leader)])


def _kill_leader(cluster: Cluster) -> Heal:
    return _kill_nodes([cluster.leading()])


def _kill_database(cluster: Cluster) -> Heal:
    cluster.database.primary.kill()
    return cluster.database.primary.start


def _lose_database(cluster: Cluster) -> Heal:
    cluster.database.primary.kill()
    return cluster.database.promote


def _freeze_worker(cluster: Cluster) -> Heal:
    worker = cluster.relaying()
    assert worker.process is not None
    pid = worker.process.pid
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


BLOWS = (
    Blow("a server is killed", _kill_server, 2, 0.5),
    Blow("a worker is killed", _kill_worker, 2, 0.5),
    Blow("the worker that relays is killed", _kill_relay, 6, 3),
    Blow("a NATS server is killed", _kill_follower, 5, 1),
    Blow("the NATS server that leads is killed", _kill_leader, 5, 1),
    Blow("all NATS servers are away", lambda cluster: _kill_nodes(cluster.nodes), 60, 4),
    Blow("PostgreSQL is away", _kill_database, 30, 3),
    Blow("a worker stands still past its leases", _freeze_worker, 75, 6),
    Blow("PostgreSQL is lost, its replica promoted", _lose_database, 5, 2),
)
