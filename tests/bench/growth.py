"""What an event costs by the number of events that are stored already."""

from collections.abc import Iterator
from functools import partial

from tests.bench.drive import CONSTANT, EVENT, Load, drive, in_turns, rated, ratio
from tests.bench.figures import Section
from tests.bench.ground import Ground
from tests.bench.ingest import NAMES

CONNECTIONS = 64
ROUNDS, ROUND_S = 3, 1.5


def measure(ground: Ground) -> Iterator[Section]:
    """Measure an empty store and larger ones in turns; the other database only in a full run."""
    for database in NAMES if ground.is_full else ["sqlite"]:
        yield _section(ground, database)


def sizes(ground: Ground) -> tuple[int, ...]:
    """Return how many events the stores that are not empty hold."""
    return (1_000_000, 10_000_000) if ground.is_full else (300_000,)


def _section(ground: Ground, database: str) -> Section:
    places = [ground.grown(events, database) for events in (0, *sizes(ground))]
    for place in places:
        ground.warm(place)
    loads = [(place.service, Load(EVENT, place.keys, CONNECTIONS, ROUND_S)) for place in places]
    service, load = loads[0]
    ceilings, empty, *grown = in_turns(
        ROUNDS, partial(drive, service, load.at(CONSTANT)), *(partial(drive, one, other) for one, other in loads)
    )
    figures = [rated("empty", empty, ceilings)]
    figures += [
        rated(f"{events:,} events stored", runs, ceilings, f"{ratio(runs, empty):.2f} × empty")
        for events, runs in zip(sizes(ground), grown, strict=True)
    ]
    note = f"The rate of each store beside that of the empty one; {CONNECTIONS} connections."
    return Section(f"A store that grows, {NAMES[database]}", note, figures)
