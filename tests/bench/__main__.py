"""``make bench``: accepted and delivered events a second, beside what the HTTP server alone can do.

Everything runs on one machine, load generator and webhook receiver included. The ceiling, the same server answering a
constant, and the events are measured in turns, so that both see the same machine; medians of the rounds are shown.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.cpu import Spent, spent_by
from tests.servers.ports import free_port, wait_until
from tests.servers.service import Service, Workspace

CONNECTIONS = (1, 16, 64, 256)
ROUNDS = 3
ROUND_S = 1.2
DESTINATIONS = 3
STEADY_PER_S, STEADY_S = 300, 6
BURST_CONNECTIONS, BURST_S = 64, 6
EVENT, CONSTANT = "/api/v1/event", "/healthz"


@dataclass(frozen=True)
class Run:
    """One run of the load generator."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu: Spent
    answers: int
    accepted: list[tuple[str, float]]


def main() -> None:
    """Measure, and print the tables."""
    place = f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}"
    print(f"PingPilot on {place}, SQLite, {DESTINATIONS} deliveries an event; load and receiver on the same machine")
    with running_sink() as sink, tempfile.TemporaryDirectory() as folder:
        print(f"One commit to this disk: {_sync_us(Path(folder)):.0f} µs (median of 200 writes of 4 KB with fsync)\n")
        with running_service(Path(folder) / "accepting", sink, "--no-worker") as (service, workspace):
            _accepting(service, workspace)
        with running_service(Path(folder) / "delivering", sink) as (service, workspace):
            _steady(service, workspace, sink)
            _burst(service, workspace, sink)


def _accepting(service: Service, workspace: Workspace) -> None:
    print("Accepting durably, delivering off. Ceiling: the same server answering the same request with a constant.")
    print("connections  ceiling/s  events/s  ratio  p50 ms  p99 ms  loop µs  writer µs  other µs (an event)")
    drive(service, workspace, EVENT, 16, ROUND_S)  # warm
    for connections in CONNECTIONS:
        ceilings, events = [], []
        for _ in range(ROUNDS):
            ceilings.append(drive(service, workspace, CONSTANT, connections, ROUND_S))
            events.append(drive(service, workspace, EVENT, connections, ROUND_S))
        ceiling, rate = _of(ceilings, "per_s"), _of(events, "per_s")
        ratio = median(event.per_s / most.per_s for event, most in zip(events, ceilings, strict=True))
        loop, writer, other = (_per_event(events, name) for name in ("loop", "writer", "other"))
        print(
            f"{connections:11}  {ceiling:9,.0f}  {rate:8,.0f}  {ratio:5.2f}  {_of(events, 'p50_ms'):6.2f}  "
            f"{_of(events, 'p99_ms'):6.2f}  {loop:7.1f}  {writer:9.1f}  {other:8.1f}"
        )


def _steady(service: Service, workspace: Workspace, sink: str) -> None:
    drive(service, workspace, EVENT, 16, 1)  # warm, and wait until that is delivered
    wait_until(lambda: _is_quiet(service), "the backlog is delivered", 30, every_s=0.2)
    fetched(sink)
    run = drive(service, workspace, EVENT, 32, STEADY_S, rate=STEADY_PER_S)
    wait_until(lambda: _is_quiet(service), "the backlog is delivered", 30, every_s=0.2)
    accepted = dict(run.accepted)
    arrivals = [(event, at) for event, at in fetched(sink) if event in accepted]
    waits = sorted((at - accepted[event]) * 1000 for event, at in arrivals)
    missing = len(accepted) * DESTINATIONS - len(waits)
    print(f"\nAt a steady {STEADY_PER_S} events/s, delivered to {DESTINATIONS} webhooks:")
    print(f"accept             p50 {run.p50_ms:.2f} ms, p99 {run.p99_ms:.2f} ms")
    p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
    print(f"accept → delivered p50 {p50:.2f} ms, p99 {p99:.2f} ms  ({len(waits):,} deliveries, {missing} missing)")


def _burst(service: Service, workspace: Workspace, sink: str) -> None:
    run = drive(service, workspace, EVENT, BURST_CONNECTIONS, BURST_S)
    delivered = len(fetched(sink))
    print(f"\nAs fast as {BURST_CONNECTIONS} connections can, delivering on, over {BURST_S} s:")
    print(f"accepted  {run.per_s:6,.0f} events/s, p50 {run.p50_ms:.2f} ms, p99 {run.p99_ms:.2f} ms")
    rate = delivered / BURST_S
    print(f"delivered {rate:6,.0f} deliveries/s ({rate / DESTINATIONS:,.0f} events/s); the rest follows")
    cpu = [getattr(run.cpu, name) / max(1, run.answers) for name in ("loop", "writer", "other")]
    print("processor {:6.1f} µs loop, {:.1f} µs writer, {:.1f} µs other (an accepted event)".format(*cpu))


def drive(service: Service, workspace: Workspace, path: str, connections: int, seconds: float, rate: float = 0) -> Run:
    """Run the load generator once."""
    assert service.process is not None
    words = [str(service.port), workspace.key, path, str(connections), str(seconds), "--rate", str(rate)]
    before = spent_by(service.process.pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", *words], check=True, capture_output=True, text=True
    )
    cpu = spent_by(service.process.pid).since(before)
    said: dict[str, Any] = json.loads(done.stdout)
    if set(said["statuses"]) != {"200"}:
        print(f"  (not all answers were 200: {said['statuses']})")
    answers = said["answers"]
    accepted = [(event, at) for event, at in said["accepted"]]
    return Run(answers / said["seconds"], said["p50_ms"], said["p99_ms"], cpu, answers, accepted)


@contextmanager
def running_service(folder: Path, sink: str, *arguments: str) -> Iterator[tuple[Service, Workspace]]:
    """Give a service with a workspace without limits whose destinations all lead to the sink."""
    folder.mkdir()
    service = Service(folder).start(*arguments)
    try:
        workspace = service.workspace()
        service.category(workspace)
        for number in range(DESTINATIONS):
            service.destination(workspace, "webhook", f"url={sink}/{number}")
        yield service, workspace
    finally:
        service.kill()


@contextmanager
def running_sink() -> Iterator[str]:
    """Give the address of a receiver."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.sink", str(port)])
    try:
        wait_until(lambda: _answers(f"http://127.0.0.1:{port}"), "the receiver answers")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def fetched(sink: str) -> list[tuple[str, float]]:
    """Return what has arrived since the last time."""
    with urllib.request.urlopen(sink, timeout=10) as answer:
        return [(event, at) for event, at in json.load(answer)]


def _answers(url: str) -> bool:
    try:
        fetched(url)
    except OSError:
        return False
    return True


def _is_quiet(service: Service) -> bool:
    return not service.rows("SELECT 1 FROM store_delivery WHERE state IN ('PENDING', 'SENDING') LIMIT 1")


def _sync_us(folder: Path) -> float:
    times = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(200):
            begun = time.perf_counter()
            file.write(b"x" * 4_096)
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return median(times) * 1e6


def _of(runs: list[Run], name: str) -> float:
    return median(float(getattr(run, name)) for run in runs)


def _per_event(runs: list[Run], name: str) -> float:
    return sum(float(getattr(run.cpu, name)) for run in runs) / max(1, sum(run.answers for run in runs))


if __name__ == "__main__":
    main()
