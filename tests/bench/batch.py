"""How many events a second are accepted in batches, beside events that are posted one by one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tests.bench.drive import CONSTANT, EVENT, EVENTS, Load, Run, drive, in_turns, rated, ratio
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground

SIZES = (100, 1_000)
SINGLE_CONNECTIONS, BATCH_CONNECTIONS = 64, 4
ROUNDS = 3
ROUND_S = 1.0


def measure(ground: Ground) -> Iterator[Section]:
    """Measure single events and each size of batch in turns, each beside its own ceiling."""
    with ground.place("--no-worker") as place:
        ground.warm(place)
        single = Load(EVENT, place.keys, SINGLE_CONNECTIONS, ROUND_S)
        batch = replace(single, path=EVENTS, connections=BATCH_CONNECTIONS)
        loads = [single, *(replace(batch, events=size) for size in SIZES)]
        pairs = [one for load in loads for one in (load, load.at(CONSTANT))]
        runs = in_turns(ROUNDS, *(partial(drive, place.service, load) for load in pairs))
    note = (
        f"POST {EVENTS} on {BATCH_CONNECTIONS} connections beside POST {EVENT} on {SINGLE_CONNECTIONS}, SQLite. "
        "The waits are those of a call."
    )
    figures = [
        _figure(load, runs[2 * index], runs[2 * index + 1], runs[0] if index else None)
        for index, load in enumerate(loads)
    ]
    yield Section("Batches", note, figures)


def _figure(load: Load, runs: list[Run], ceilings: list[Run], singles: list[Run] | None) -> Figure:
    name = "one event a call" if load.events == 1 else f"{load.events:,} events a call"
    return rated(name, runs, ceilings, "" if singles is None else f"{ratio(runs, singles):.2f} × one a call")
