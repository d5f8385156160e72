"""What an event costs by the number of keys in use at the same time: of ten workspaces, and each of one of its own."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tests.bench.drive import CONSTANT, EVENT, Load, Run, drive, in_turns, rated, ratio
from tests.bench.figures import Figure, Section
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
    most = max(sizes)
    with ground.place("--no-worker", keys=most, shared_keys=most) as place:
        assert place.shared is not None
        keys = place.keys.read_text().split()
        few = Load(EVENT, write_keys(place.service, "own", keys[:FEW]), CONNECTIONS, ROUND_S)
        shared = replace(few, keys=place.shared)
        loads = [replace(few, keys=write_keys(place.service, "own", keys[:size])) for size in sizes[1:]]
        within_s = MEET_S_IF_FULL if ground.is_full else MEET_S
        first = drive(place.service, loads[-1])
        recalled_s = _recalled_after(place.service)
        met = [
            _meet(place, load, size, within_s) for load, size in zip([shared, *loads], [most, *sizes[1:]], strict=True)
        ]
        runs = in_turns(
            ROUNDS, *(partial(drive, place.service, load) for load in [few.at(CONSTANT), few, shared, *loads])
        )
    ceilings, fews, shareds, *others = runs
    figures = [
        rated(f"{FEW} keys", fews, ceilings),
        _beside(f"{most:,} keys of {FEW} workspaces", shareds, fews, ceilings),
    ]
    figures += [
        _beside(f"{size:,} keys of as many workspaces", found, fews, ceilings)
        for size, found in zip(sizes[1:], others, strict=True)
    ]
    start = rated(f"{most:,} keys of as many workspaces, the moment after the start", [first], fews[:1])
    figures.append(replace(start, of_ceiling=None, beside=f"{ratio([first], fews[:1]):.2f} × {FEW} keys, later"))
    known = ", ".join(f"{events:.1f}" for events in met)
    note = (
        f"Each request with any one of them; {CONNECTIONS} connections, SQLite. "
        f"Events that each key has had before: {known}. After {recalled_s:.0f} s the service knew those it had known "
        "before its start. Each workspace has pages of its own in two indexes and in the "
        "counts of the month: of ten, the events of a commit share them; of ten thousand, hardly two do."
    )
    yield Section("Many keys", note, figures)


def _beside(name: str, runs: Sequence[Run], fews: Sequence[Run], ceilings: Sequence[Run]) -> Figure:
    return rated(name, runs, ceilings, f"{ratio(runs, fews):.2f} × {FEW} keys")


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
