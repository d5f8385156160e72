"""How many events a second are accepted in batches, beside events that are posted one by one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from tests.bench.drive import CONSTANT, EVENT, EVENTS, Load, drive, in_turns, rated, ratio
from tests.bench.figures import Section
from tests.bench.ground import Ground

SIZES = (100, 1_000)
SINGLE_CONNECTIONS, BATCH_CONNECTIONS = 64, 4
ROUNDS = 3
ROUND_S = 1.0


def measure(ground: Ground) -> Iterator[Section]:
    """Measure single events and each size of batch in turns.

    All stand beside the ceiling of single events: a server that answers without reading so long a body hangs up.
    """
    with ground.place("--no-worker") as place:
        ground.warm(place)
        single = Load(EVENT, place.keys, SINGLE_CONNECTIONS, ROUND_S)
        batches = [replace(single, path=EVENTS, connections=BATCH_CONNECTIONS, events=size) for size in SIZES]
        loads = [single.at(CONSTANT), single, *batches]
        ceilings, singles, *others = in_turns(ROUNDS, *(partial(drive, place.service, load) for load in loads))
    figures = [rated("one event a call", singles, ceilings)]
    figures += [
        rated(f"{size:,} events a call", runs, ceilings, f"{ratio(runs, singles):.2f} × one a call")
        for size, runs in zip(SIZES, others, strict=True)
    ]
    note = (
        f"POST {EVENTS} on {BATCH_CONNECTIONS} connections beside POST {EVENT} on {SINGLE_CONNECTIONS}, SQLite; "
        "the waits are those of a call, the ceiling is that of single events."
    )
    yield Section("Batches", note, figures)
