"""A simulation of the queues behind `docs/scaling.md`: ``python -m tests.bench.queueing``.

Events come at random, at a mean rate; each passes the parts of an installation in turn. A part has so many cores, and
takes so much processor time for an event and its deliveries (the cost model: measured, see there). Those who accept
gather what waits into one commit, which takes a sync of the disk besides. Printed are how busy each part is, how long
an event takes, and the fewest cores with which 99 of 100 are at their provider in time.

What it leaves out: the providers' own time, the network between machines, and that parts slow each other down on one.
"""

import heapq
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

EVENTS = 60_000
"""Simulated for each figure: the middle half is judged."""
GOAL_S = 0.040
"""Accepted → provider, of 99 in 100. Source: the issue of scaling out."""
COMMIT_MAX = 512
"""Events of one commit, as in ``pingpilot.store.writer``."""
BUSY_MAX = 0.85
"""Of a part, for planning: past it a burst of a second takes seconds to go."""


@dataclass(frozen=True)
class Part:
    """A part of the installation, its microseconds of processor for an event, and whether it gathers commits."""

    name: str
    cost_us: float
    is_commit: bool = False


COSTS = (
    Part("accepting", 154),
    Part("its writer", 102, is_commit=True),
    Part("PostgreSQL", 964),
    Part("NATS", 88),
    Part("delivering", 924),
    Part("their writers", 451),
)
"""With three webhooks an event; the first figures of docs/scaling.md. PostgreSQL counts all that it does for it."""
SYNC_S = 0.004
"""Of a disk that syncs in 4 ms, as where the costs were measured; `make bench` says what yours does."""


def crew(arrivals: Sequence[float], cores: int, cost_s: float, chance: random.Random) -> list[float]:
    """Return when each leaves a part: first come, first served by the next free core; costs vary exponentially."""
    free = [0.0] * cores
    leaving = []
    for at in arrivals:
        begun = max(at, heapq.heappop(free))
        ended = begun + chance.expovariate(1 / cost_s)
        heapq.heappush(free, ended)
        leaving.append(ended)
    return sorted(leaving)


def commits(arrivals: Sequence[float], writers: int, cost_s: float, sync_s: float) -> list[float]:
    """Return when each is committed: each writer takes all that waits for it, and answers after the sync."""
    leaving: list[float] = []
    for number in range(writers):
        mine = arrivals[number::writers]
        index, free = 0, 0.0
        while index < len(mine):
            begun = max(free, mine[index])
            end = index
            while end < len(mine) and mine[end] <= begun and end - index < COMMIT_MAX:
                end += 1
            free = begun + sync_s + (end - index) * cost_s
            leaving.extend([free] * (end - index))
            index = end
    return sorted(leaving)


def pass_through(rate: float, cores: Mapping[str, int], costs: Sequence[Part], seed: int = 1) -> list[float]:
    """Return how long each event of the middle half took, in order of length."""
    chance = random.Random(seed)
    arrivals = list(accumulate(chance.expovariate(rate) for _ in range(EVENTS)))
    times: Sequence[float] = arrivals
    for part in costs:
        cost_s = part.cost_us / 1e6
        if part.is_commit:
            times = commits(times, cores[part.name], cost_s, SYNC_S)
        else:
            times = crew(times, cores[part.name], cost_s, chance)
    # Events may overtake each other; compared in order, the sum of the waits is the same, and the longest no longer.
    waits = [left - came for came, left in zip(arrivals, times, strict=True)]
    return sorted(waits[EVENTS // 4 : -EVENTS // 4])


def fewest(rate: float, costs: Sequence[Part] = COSTS, goal_s: float = GOAL_S) -> tuple[dict[str, int], list[float]]:
    """Return the fewest cores for each part at a rate, and how long events take with them."""
    cores = {part.name: max(1, math.ceil(rate * part.cost_us / 1e6 / BUSY_MAX)) for part in costs}
    while True:
        waits = pass_through(rate, cores, costs)
        if waits[len(waits) * 99 // 100] <= goal_s:
            return cores, waits
        busiest = max(costs, key=lambda part: rate * part.cost_us / 1e6 / cores[part.name])
        cores[busiest.name] += 1


def main() -> None:
    """Print the table of the page."""
    names = [part.name for part in COSTS]
    print(f"| events/s | {' | '.join(names)} | cores in all | p50 ms | p99 ms |")
    print(f"| ---: | {' | '.join(['---:'] * len(names))} | ---: | ---: | ---: |")
    for rate in (300, 1_000, 3_000, 10_000, 100_000, 1_000_000):
        cores, waits = fewest(rate)
        middle, late = (waits[len(waits) * percent // 100] * 1_000 for percent in (50, 99))
        counts = " | ".join(f"{cores[name]:,}" for name in names)
        print(f"| {rate:,} | {counts} | {sum(cores.values()):,} | {middle:.1f} | {late:.1f} |")


if __name__ == "__main__":
    main()
