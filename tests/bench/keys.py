"""What an event costs by the number of keys in use at the same time, each of a workspace of its own."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tests.bench.drive import CONSTANT, EVENT, Load, drive, in_turns, rated, ratio
from tests.bench.figures import Section
from tests.bench.ground import Ground, Place, write_keys
from tests.servers.service import Service

FEW = 10
MANY, MANY_IF_FULL = (10_000,), (10_000, 100_000)
CONNECTIONS = 64
ROUNDS = 3
ROUND_S = 1.5
MEETINGS = 3
"""Events for each key before it is measured, on average: then 19 of 20 are known."""
RECALLED_WITHIN_S = 300
MEET_S, MEET_S_IF_FULL = 20.0, 120.0


def measure(ground: Ground) -> Iterator[Section]:
    """Measure few keys and many in turns on one service."""
    sizes = [FEW, *(MANY_IF_FULL if ground.is_full else MANY)]
    with ground.place("--no-worker", keys=max(sizes)) as place:
        keys = place.keys.read_text().split()
        loads = [Load(EVENT, write_keys(place.service, keys[:size]), CONNECTIONS, ROUND_S) for size in sizes]
        within_s = MEET_S_IF_FULL if ground.is_full else MEET_S
        first = drive(place.service, loads[-1])
        recalled_s = _recalled_after(place.service)
        met = [_meet(place, load, size, within_s) for load, size in zip(loads, sizes, strict=True)]
        runs = in_turns(ROUNDS, *(partial(drive, place.service, load) for load in [loads[0].at(CONSTANT), *loads]))
    ceilings, few, *_ = runs
    figures = [
        rated(f"{size:,} keys", found, ceilings, "" if size == FEW else f"{ratio(found, few):.2f} × {FEW} keys")
        for size, found in zip(sizes, runs[1:], strict=True)
    ]
    start = rated(f"{sizes[-1]:,} keys, the moment after the start", [first], few[:1])
    figures.append(replace(start, of_ceiling=None, beside=f"{ratio([first], few[:1]):.2f} × {FEW} keys, later"))
    known = ", ".join(f"{events:.1f}" for events in met)
    note = (
        f"Each request with any one of them, each of a workspace of its own; {CONNECTIONS} connections, SQLite. "
        f"Events that each key has had before: {known}. After {recalled_s:.0f} s the service knew those it had known "
        "before its start. Each workspace has pages of its own in two indexes and in the "
        "counts of the month: of ten, the events of a commit share them; of ten thousand, hardly two do."
    )
    yield Section("Many keys", note, figures)


def _recalled_after(service: Service) -> float:
    """Wait until the service knows the keys of before again; returns how many seconds that took it."""
    end = time.monotonic() + RECALLED_WITHIN_S
    while not (lines := [line for line in service.log.splitlines() if '"keys.recalled"' in line]):
        assert time.monotonic() < end, f"the keys are not recalled: {service.log[-2_000:]}"
        time.sleep(0.05)
    return float(json.loads(lines[0])["duration_ms"]) / 1_000


def _meet(place: Place, load: Load, size: int, within_s: float) -> float:
    """Send until most keys have been seen, if there is time: the first event of a key costs more.

    Returns how many events each key has had, on average.
    """
    events, end = 0, time.monotonic() + within_s
    while events < MEETINGS * size and time.monotonic() < end:
        events += drive(place.service, load).events
    return events / size
