"""How many events a second are accepted, on SQLite and on PostgreSQL, by the number of connections."""

from collections.abc import Iterator

from tests.bench.drive import CONSTANT, EVENT, Load, drive, in_turns, median_of, rated
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.bench.grow import DESTINATIONS

CONNECTIONS = (1, 16, 64, 256)
ROUNDS = 3
ROUND_S = 0.7
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def measure(ground: Ground) -> Iterator[Section]:
    """Measure on both databases."""
    note = (
        f"{DESTINATIONS} deliveries an event, every commit synced, delivering off; the load runs on the same machine."
    )
    for database, name in NAMES.items():
        with ground.place("--no-worker", database=database) as place:
            ground.warm(place)
            figures = [_figure(place, connections) for connections in CONNECTIONS]
            yield Section(f"Accepting on {name}", note, figures)


def _figure(place: Place, connections: int) -> Figure:
    load = Load(EVENT, place.keys, connections, ROUND_S)
    ceilings, events = in_turns(
        ROUNDS, lambda: drive(place.service, load.at(CONSTANT)), lambda: drive(place.service, load)
    )
    name = f"{connections} connections" if connections > 1 else "1 connection"
    return rated(name, events, ceilings, f"ceiling {median_of(ceilings, 'per_s'):,.0f}/s")
