"""What the settings of the garbage collector do to the slowest answers: beside a service in which they are undone."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from threading import Event

from tests.bench.drive import CONSTANT, EVENT, Load, Run, drive, in_turns, rated
from tests.bench.figures import Section
from tests.bench.ground import Ground, Place
from tests.bench.pages import reading

UNDONE = {"as shipped": "", "neither freeze nor thresholds": "freeze thresholds"}
UNDONE_IF_FULL = {"no freeze": "freeze", "Python's thresholds": "thresholds"}
CONNECTIONS = 64
ROUNDS, ROUND_S = 4, 1.2
LIST, READ_EVERY_S = "/api/v1/events?limit=100", 0.02


@dataclass(frozen=True)
class _Watched:
    """A service whose collector is watched; ``log`` begins the names of the files that it notes its pauses in."""

    place: Place
    log: Path

    def longest_ms(self, since: float) -> float:
        """Return the longest pause of the serving process since an instant of the monotonic clock."""
        lines = Path(f"{self.log}.{self.place.pid}").read_text().splitlines()
        pauses = [line.split() for line in lines]
        return max((float(ms) for at, ms in pauses if float(at) > since), default=0.0)


def measure(ground: Ground) -> Iterator[Section]:
    """Measure all in turns; each setting alone only in a full run."""
    names = UNDONE | (UNDONE_IF_FULL if ground.is_full else {})
    with ExitStack() as ends:
        watched = [ends.enter_context(_watched(ground, undone)) for undone in names.values()]
        since = time.monotonic()
        first = watched[0].place
        runs = in_turns(
            ROUNDS,
            partial(drive, first.service, _load(first).at(CONSTANT)),
            *(partial(_busy, one.place) for one in watched),
        )
        longest = [one.longest_ms(since) for one in watched]
    figures = [
        rated(name, found, runs[0], f"longest pause {pause:.1f} ms{_beside(found, runs[1])}")
        for name, found, pause in zip(names, runs[1:], longest, strict=True)
    ]
    note = f"The same load on each service in turns, {CONNECTIONS} connections, while lists of events are read."
    yield Section("Garbage collection", note, figures)


@contextmanager
def _watched(ground: Ground, undone: str) -> Iterator[_Watched]:
    log = ground.folder / f"pauses-{undone.replace(' ', '-')}"
    with ground.place("--no-worker", settings=_settings(log, undone)) as place:
        ground.warm(place)
        yield _Watched(place, log)


def _settings(log: Path, undone: str) -> Mapping[str, str]:
    """Return an environment in which the service and its writer undo what is named."""
    path = [str(Path(__file__).parent / "collector"), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, path)), "BENCH_GC_LOG": str(log), "BENCH_GC_UNDO": undone}


def _load(place: Place) -> Load:
    return Load(EVENT, place.keys, CONNECTIONS, ROUND_S)


def _busy(place: Place) -> Run:
    """Drive while somebody reads: pages leave what the collector has to look at, events next to nothing."""
    is_over = Event()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(_read_on, place, is_over)
        try:
            return drive(place.service, _load(place))
        finally:
            is_over.set()
            reader.result()


def _read_on(place: Place, is_over: Event) -> None:
    with reading(place) as read:
        while not is_over.wait(READ_EVERY_S):
            read(LIST)


def _beside(runs: Sequence[Run], ours: Sequence[Run]) -> str:
    if runs is ours:
        return ""
    slowest = median(run.p99_ms / our.p99_ms for run, our in zip(runs, ours, strict=True))
    return f", p99 {slowest:.2f} × as shipped"
