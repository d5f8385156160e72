"""How long a start takes, and how much memory a service holds that has nothing to do."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.cpu import children_of
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.bench.memory import proportional_bytes, resident_bytes

STARTS = 3
AT_REST_AFTER_S = 1.0
PLAIN = {"PYTHONPATH": str(Path(__file__).with_name("plain"))}


@dataclass(frozen=True)
class Rest:
    """A start: seconds, and MB. ``once`` is of both processes, with what they share counted once."""

    seconds: float
    serving: float
    writer: float
    once: float


def measure(ground: Ground) -> Iterator[Section]:
    """Start one installation again and again; its worker runs."""
    with ground.place(settings=PLAIN) as place:
        found = [_restarted(place) for _ in range(STARTS)]
    seconds, serving, writer, once = (
        median(getattr(rest, name) for rest in found) for name in ("seconds", "serving", "writer", "once")
    )
    beside = f"{serving:.0f} serving, {writer:.0f} writer; {once:.0f} with shared pages counted once"
    figures = [
        Figure("from the command to the first answer", f"{seconds:.2f} s"),
        Figure("resident at rest", f"{serving + writer:.0f} MB", beside=beside),
    ]
    note = (
        f"`serve` with its worker, SQLite, without the tools of development; median of {STARTS} starts; MB: 10^6 bytes."
    )
    yield Section("At rest", note, figures)


def _restarted(place: Place) -> Rest:
    place.service.stop()
    begun = time.perf_counter()
    place.service.start()
    seconds = time.perf_counter() - begun
    time.sleep(AT_REST_AFTER_S)
    children = children_of(place.pid)
    writer = sum(resident_bytes(child) for child in children)
    once = sum(proportional_bytes(pid) for pid in (place.pid, *children))
    return Rest(seconds, resident_bytes(place.pid) / 1e6, writer / 1e6, once / 1e6)
