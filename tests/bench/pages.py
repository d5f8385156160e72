"""How long people and programs wait for what they read, by the number of events that are stored."""

import http.client
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle

from tests.bench.drive import NotAccepted
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.bench.growth import sizes
from tests.servers.watcher import PASSWORD, Person, sign_in

REQUESTS_MAX, SECONDS_MAX, REQUESTS_MIN = 200, 2.5, 3
"""Requests of one kind: so many, or as many as this time allows, but never fewer than the last."""
RANGE = timedelta(days=31)
TIMEOUT_S = 120
READER = "reader@example.com"
PAGES = {
    "dashboard": "/dashboard",
    "category, this month": "/dashboard/category/sale?range=month",
    "category, sorted by a field": "/dashboard/category/sale?range=month&sort=amount",
    "events": "/dashboard/events",
    "events, searched for a word": "/dashboard/events?q=user77",
    "events, failed of a category": "/dashboard/events?status=FAILED&category=sale",
    "events, by a field": "/dashboard/events?field=amount&is=gt&value=495",
    "events, by a field that none has": "/dashboard/events?field=amount&is=gt&value=5000",
    "receipt": "/dashboard/events/{event}",
    "channels": "/dashboard/channels",
    "API key": "/dashboard/api-key",
    "plan": "/dashboard/upgrade",
}


def measure(ground: Ground) -> Iterator[Section]:
    """Read from each store, one request after the other."""
    figures: list[Figure] = []
    for events in sizes(ground):
        figures += figures_of(ground.grown(events), f"{events:,} events")
    note = "One caller, one request after the other; all events in one workspace and in the last 30 days; SQLite."
    yield Section("Reading", note, figures)


def figures_of(place: Place, size: str) -> Iterator[Figure]:
    """Read by the API what programs read, and by the dashboard what people look at."""
    by_key = {"Authorization": f"Bearer {place.workspace.key}"}
    for what, paths in _paths(place).items():
        yield _figure(place, f"{what}, {size}", paths, by_key)
    by_session = {"Cookie": _member(place).cookies}
    receipt = _paths(place)["receipt"][0].rpartition("/")[2]
    for what, path in PAGES.items():
        yield _figure(place, f"page: {what}, {size}", [path.format(event=receipt)], by_session)


def _member(place: Place) -> Person:
    """Return somebody who is signed in and belongs to the workspace that has the events, and to no other."""
    place.service.workspace(READER, password=PASSWORD)
    place.service.rows("UPDATE store_membership SET workspace_id = ?", place.workspace.id)
    return sign_in(place.service, READER)


def _paths(place: Place) -> dict[str, list[str]]:
    """Return what is asked for, by its name; each answer's paths are taken in turn."""
    rows = place.service.rows("SELECT id FROM store_event ORDER BY id LIMIT ?", REQUESTS_MAX)
    receipts = [f"/api/v1/events/{str(row[0]).replace('-', '')}" for row in rows]
    since = f"{datetime.now(UTC) - RANGE:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "list of 100": ["/api/v1/events?limit=100"],
        "receipt": receipts,
        "statistics of 31 days": [f"/api/v1/stats?from={since}"],
    }


def _figure(place: Place, what: str, paths: list[str], headers: Mapping[str, str]) -> Figure:
    waits = sorted(_waits_ms(place, cycle(paths), headers))
    return Figure(
        what,
        f"{len(waits)} requests",
        p50_ms=waits[len(waits) // 2],
        p99_ms=waits[len(waits) * 99 // 100],
    )


@contextmanager
def reading(place: Place, headers: Mapping[str, str] | None = None) -> Iterator[Callable[[str], None]]:
    """Give what reads one path to the end on a connection that is kept, by the key; it raises NotAccepted."""
    sent = {"Authorization": f"Bearer {place.workspace.key}"} if headers is None else dict(headers)
    connection = http.client.HTTPConnection("127.0.0.1", place.service.port, timeout=TIMEOUT_S)

    def read(path: str) -> None:
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise NotAccepted(f"{path}: {answer.status} {content[:500]!r}")

    with closing(connection):
        yield read


def _waits_ms(place: Place, paths: Iterator[str], headers: Mapping[str, str]) -> list[float]:
    waits: list[float] = []
    with reading(place, headers) as read:
        read(next(paths))  # the first opens a thread's connection to the database
        end = time.monotonic() + SECONDS_MAX
        while len(waits) < REQUESTS_MIN or (len(waits) < REQUESTS_MAX and time.monotonic() < end):
            begun = time.perf_counter()
            read(next(paths))
            waits.append((time.perf_counter() - begun) * 1_000)
    return waits
