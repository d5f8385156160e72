"""What an event costs by the number of keys in use at a time: of ten workspaces, and each of a workspace of its own.

A service keeps 100,000 keys in memory; none of the two is asked for more.
"""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tests.bench.drive import CONSTANT, EVENT, Load, drive, in_turns, rated, ratio
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
    """Measure few keys and many in turns, on one service for each kind."""
    yield _of_few(ground)
    yield _of_many(ground)


def _of_few(ground: Ground) -> Section:
    with ground.place("--no-worker", keys=FEW, more_keys=max(_sizes(ground)) - FEW) as place:
        figures, known = _measured(ground, place, _loads(ground, place))
    note = f"Each request with any one of them; {CONNECTIONS} connections, SQLite. {known}"
    return Section(f"Many keys of {FEW} workspaces", note, figures)


def _of_many(ground: Ground) -> Section:
    most = max(_sizes(ground))
    with ground.place("--no-worker", keys=most) as place:
        loads = _loads(ground, place)
        first = drive(place.service, loads[-1])
        recalled_s = _recalled_after(place.service)
        figures, known = _measured(ground, place, loads)
        later = drive(place.service, loads[0])
    start = rated(f"{most:,} keys, the moment after the start", [first], [later])
    figures.append(replace(start, of_ceiling=None, beside=f"{ratio([first], [later]):.2f} × {FEW} keys, later"))
    note = (
        f"As above. {known} After {recalled_s:.0f} s the service knew those it had known before its start. "
        "Each workspace has pages of its own in two indexes and in the counts of the month: of ten, the events of a "
        "commit share them; of ten thousand, hardly two do."
    )
    return Section("Many keys, each of a workspace of its own", note, figures)


def _sizes(ground: Ground) -> Sequence[int]:
    return MANY_IF_FULL if ground.is_full else MANY


def _loads(ground: Ground, place: Place) -> list[Load]:
    """Return what is sent with few keys, and with each of the sizes."""
    keys = place.keys.read_text().split()
    files = [write_keys(place.service, keys[:size]) for size in (FEW, *_sizes(ground))]
    return [Load(EVENT, file, CONNECTIONS, ROUND_S) for file in files]


def _measured(ground: Ground, place: Place, loads: Sequence[Load]) -> tuple[list[Figure], str]:
    """Return the figures of each load, and how well its keys were known before."""
    within_s = MEET_S_IF_FULL if ground.is_full else MEET_S
    met = [_meet(place, load, size, within_s) for load, size in zip(loads[1:], _sizes(ground), strict=True)]
    ceilings, fews, *others = in_turns(
        ROUNDS, *(partial(drive, place.service, load) for load in [loads[0].at(CONSTANT), *loads])
    )
    figures = [rated(f"{FEW} keys", fews, ceilings)]
    figures += [
        rated(f"{size:,} keys", found, ceilings, f"{ratio(found, fews):.2f} × {FEW} keys")
        for size, found in zip(_sizes(ground), others, strict=True)
    ]
    return figures, f"Events that each key has had before: {', '.join(f'{events:.1f}' for events in met)}."


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
