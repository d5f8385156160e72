"""Driving a service with the load generator, and what to make of several runs."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.cpu import Spent, spent_by
from tests.bench.figures import Figure
from tests.servers.service import Service

EVENT, EVENTS, CONSTANT = "/api/v1/event", "/api/v1/events", "/healthz"


class NotAccepted(Exception):
    """Some answers were no 200: such a run measures nothing."""


@dataclass(frozen=True)
class Load:
    """What the load generator is to do: requests of ``events`` events each, as fast as possible or at a pace.

    ``keys`` is a file with one key a line, drawn from at random. ``rate`` is in requests a second.
    """

    path: str
    keys: Path
    connections: int
    seconds: float
    rate: float = 0
    events: int = 1

    def at(self, path: str) -> "Load":
        """Return the same requests to another path."""
        return Load(path, self.keys, self.connections, self.seconds, self.rate, self.events)


@dataclass(frozen=True)
class Run:
    """One run: events a second, how long a request waited, and processor time in all."""

    per_s: float
    p50_ms: float
    p99_ms: float
    cpu: Spent
    events: int
    accepted: list[tuple[str, float]]


def drive(service: Service, load: Load) -> Run:
    """Run the load generator once; raises NotAccepted."""
    assert service.process is not None
    words = [str(service.port), str(load.keys), load.path, str(load.connections), str(load.seconds)]
    words += ["--rate", str(load.rate), "--events", str(load.events)]
    before = spent_by(service.process.pid)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load", *words], check=True, stdout=subprocess.PIPE, text=True
    )
    cpu = spent_by(service.process.pid).since(before)
    said = json.loads(done.stdout)
    if set(said["statuses"]) != {"200"}:
        raise NotAccepted(f"{load}: {said['statuses']}\n{service.log[-2_000:]}")
    events = said["answers"] * load.events
    accepted = [(event, at) for event, at in said["accepted"]]
    return Run(events / said["seconds"], said["p50_ms"], said["p99_ms"], cpu, events, accepted)


def in_turns(rounds: int, *contenders: Callable[[], Run]) -> list[list[Run]]:
    """Let all run in each round, every other round in reverse; so a slow moment of the machine strikes them alike."""
    runs: list[list[Run]] = [[] for _ in contenders]
    for number in range(rounds):
        indexes = list(range(len(contenders)))
        for index in reversed(indexes) if number % 2 else indexes:
            runs[index].append(contenders[index]())
    return runs


def median_of(runs: Sequence[Run], name: str) -> float:
    """Return the median of a member."""
    return median(float(getattr(run, name)) for run in runs)


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> float:
    """Return the median of the ratios of events a second, round by round."""
    return median(run.per_s / other.per_s for run, other in zip(runs, others, strict=True))


def rated(what: str, runs: Sequence[Run], ceilings: Sequence[Run], beside: str = "") -> Figure:
    """Return the figure of runs whose ceilings were measured in the same rounds."""
    return Figure(
        what,
        f"{median_of(runs, 'per_s'):,.0f} events/s",
        ratio(runs, ceilings),
        beside,
        median_of(runs, "p50_ms"),
        median_of(runs, "p99_ms"),
        _cost_us(runs, "loop"),
        _cost_us(runs, "writer"),
        _cost_us(runs, "other"),
    )


def _cost_us(runs: Sequence[Run], part: str) -> float:
    return sum(float(getattr(run.cpu, part)) for run in runs) / max(1, sum(run.events for run in runs))
