"""What the settings of the garbage collector do to the slowest answers: beside a service in which they are undone."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from tests.bench.drive import CONSTANT, EVENT, Load, Run, drive, in_turns, rated
from tests.bench.figures import Section
from tests.bench.ground import Ground

UNDONE = {"as shipped": "", "neither freeze nor thresholds": "freeze thresholds"}
UNDONE_IF_FULL = {"no freeze": "freeze", "Python's thresholds": "thresholds"}
CONNECTIONS = 64
ROUNDS, ROUND_S = 4, 1.2


def measure(ground: Ground) -> Iterator[Section]:
    """Measure all in turns; each setting alone only in a full run."""
    undone_in = UNDONE | (UNDONE_IF_FULL if ground.is_full else {})
    with ExitStack() as ends:
        places = [
            ends.enter_context(ground.place("--no-worker", settings=_settings(undone))) for undone in undone_in.values()
        ]
        for place in places:
            ground.warm(place)
        loads = [(place.service, Load(EVENT, place.keys, CONNECTIONS, ROUND_S)) for place in places]
        service, load = loads[0]
        runs = in_turns(
            ROUNDS,
            partial(drive, service, load.at(CONSTANT)),
            *(partial(drive, one, other) for one, other in loads),
        )
    ceilings, ours, *_ = runs
    figures = [
        rated(name, found, ceilings, _beside(found, ours) if undone else "")
        for (name, undone), found in zip(undone_in.items(), runs[1:], strict=True)
    ]
    yield Section("Garbage collection", f"The same load on each service in turns; {CONNECTIONS} connections.", figures)


def _settings(undone: str) -> Mapping[str, str]:
    """Return an environment in which the service and its writer undo what is named."""
    if not undone:
        return {}
    path = [str(Path(__file__).parent / "unfrozen"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, path)), "BENCH_GC": undone}


def _beside(runs: Sequence[Run], ours: Sequence[Run]) -> str:
    slowest = median(run.p99_ms / our.p99_ms for run, our in zip(runs, ours, strict=True))
    return f"p99 {slowest:.2f} × as shipped"
