"""How soon events are at their receiver at a steady pace, and how many are delivered when as many come as can."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tests.bench.cpu import Spent, spent_by
from tests.bench.drive import CONSTANT, EVENT, Load, drive, rated
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.bench.grow import DESTINATIONS
from tests.servers.ports import free_port, wait_until

STEADY_PER_S, STEADY_CONNECTIONS, STEADY_S = 300, 32, 4.0
BURST_CONNECTIONS, BURST_S, CEILING_S = 64, 4.0, 1.5


def measure(ground: Ground) -> Iterator[Section]:
    """Measure both on one service."""
    with running_sink() as sink, ground.delivering(sink) as place:
        ground.warm(place)
        _wait_for_quiet(place)
        note = f"{DESTINATIONS} webhooks an event, SQLite; service, receiver and load on the same machine."
        yield Section("Delivering", note, [*_steady(place, sink), *_burst(place, sink)])


@contextmanager
def running_sink() -> Iterator[str]:
    """Give the address of a webhook receiver."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.sink", str(port)])
    try:
        wait_until(lambda: _is_there(f"http://127.0.0.1:{port}"), "the receiver answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def _is_there(sink: str) -> bool:
    try:
        fetched(sink)
    except OSError:
        return False
    return True


def _steady(place: Place, sink: str) -> Iterator[Figure]:
    fetched(sink)
    run = drive(place.service, Load(EVENT, place.keys, STEADY_CONNECTIONS, STEADY_S, STEADY_PER_S))
    _wait_for_quiet(place)
    accepted = dict(run.accepted)
    waits = sorted((at - accepted[event]) * 1_000 for event, at in fetched(sink) if event in accepted)
    missing = len(accepted) * DESTINATIONS - len(waits)
    assert missing <= 0, f"{missing} deliveries are missing"
    pace = f"{STEADY_PER_S} events/s"
    yield Figure("steady: accepted", pace, None, "", run.p50_ms, run.p99_ms)
    yield Figure("steady: accepted → delivered", pace, None, "", percentile(waits, 50), percentile(waits, 99))


def _burst(place: Place, sink: str) -> Iterator[Figure]:
    load = Load(EVENT, place.keys, BURST_CONNECTIONS, BURST_S)
    ceiling = drive(place.service, replace(load.at(CONSTANT), seconds=CEILING_S))
    before = spent_by(place.pid)
    run = drive(place.service, load)
    arrived = fetched(sink)
    delivered = len(arrived) / BURST_S
    yield rated("burst: accepted", [run], [ceiling], f"ceiling {ceiling.per_s:,.0f}/s")
    share = delivered / DESTINATIONS / run.per_s
    yield Figure("burst: delivered meanwhile", f"{delivered:,.0f} deliveries/s", beside=f"{share:.2f} of accepted")
    _wait_for_quiet(place)
    yield _sustained([*arrived, *fetched(sink)], run.events, spent_by(place.pid).since(before))


def _sustained(arrived: Sequence[tuple[str, float]], events: int, cpu: Spent) -> Figure:
    """Return how many events a second were accepted and delivered to every destination, from first to last arrival."""
    missing = events * DESTINATIONS - len(arrived)
    assert missing <= 0, f"{missing} deliveries are missing"
    times = [at for _, at in arrived]
    per_s = events / (max(times) - min(times))
    costs = cpu.loop / events, cpu.writer / events, cpu.other / events
    what, value = "burst: everything accepted and delivered", f"{per_s:,.0f} events/s"
    return Figure(what, value, None, f"{per_s * DESTINATIONS:,.0f} deliveries/s", None, None, *costs)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return a percentile of values that are in order."""
    return ordered[len(ordered) * percent // 100]


def fetched(sink: str) -> list[tuple[str, float]]:
    """Return what has arrived since the last time: event ids, and seconds on the clock of the load generator."""
    with urllib.request.urlopen(sink, timeout=10) as answer:
        return [(event, at) for event, at in json.load(answer)]


def _wait_for_quiet(place: Place) -> None:
    open_ones = "SELECT 1 FROM store_delivery WHERE state IN ('PENDING', 'SENDING') LIMIT 1"
    wait_until(lambda: not place.service.rows(open_ones), "the backlog is delivered", 60, every_s=0.2)
