"""How long a start takes, and how much memory a service holds that has nothing to do."""

import time
from collections.abc import Iterator
from statistics import median

from tests.bench.cpu import children_of
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.bench.memory import resident_bytes

STARTS = 3
AT_REST_AFTER_S = 1.0


def measure(ground: Ground) -> Iterator[Section]:
    """Start one installation again and again; its worker runs."""
    with ground.place() as place:
        rounds = [_restarted(place) for _ in range(STARTS)]
    seconds, own, children = (median(column) for column in zip(*rounds, strict=True))
    figures = [
        Figure("from the command to the first answer", f"{seconds:.2f} s"),
        Figure("resident at rest", f"{own + children:.0f} MiB", beside=f"{own:.0f} serving, {children:.0f} writer"),
    ]
    yield Section("At rest", f"`serve` with its worker, SQLite; median of {STARTS} starts.", figures)


def _restarted(place: Place) -> tuple[float, float, float]:
    """Return seconds of a start, and MiB of the process and of its children."""
    place.service.stop()
    begun = time.perf_counter()
    place.service.start()
    seconds = time.perf_counter() - begun
    time.sleep(AT_REST_AFTER_S)
    children = sum(resident_bytes(child) for child in children_of(place.pid))
    return seconds, resident_bytes(place.pid) / 2**20, children / 2**20
