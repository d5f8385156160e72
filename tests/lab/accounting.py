"""What became of every event: per destination, by what the providers have taken and what the store says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tests.lab.book import Taken
from tests.lab.outlets import Outlet
from tests.servers.service import Service

_STORED = """
    SELECT e.description, d.destination_id, d.state, d.is_maybe_repeat
    FROM store_event e LEFT JOIN store_delivery d ON d.event_id = e.id WHERE e.description LIKE ?
"""
Arrival = tuple[str, int]
"""An event's mark, and a destination."""


@dataclass(frozen=True)
class Account:
    """The sum. ``sent`` are events answered 200; ``expected`` their deliveries, and those of events that are stored.

    ``lost``: nobody took it, or the store knows nothing of it. ``repeated``: taken once more; ``unmarked`` of those
    nobody can tell, neither by the store nor by an id that the receiver could compare. ``waits`` are seconds from the
    answer to the provider, by destination and event.
    """

    sent: int
    expected: int
    delivered: int
    lost: Sequence[str]
    repeated: int
    unmarked: Sequence[str]
    waits: Mapping[int, Mapping[str, float]]


@dataclass(frozen=True)
class Stored:
    """What the store says of one delivery."""

    state: str
    is_maybe_repeat: bool


def account(
    service: Service,
    accepted: Mapping[str, float],
    outlets: Mapping[int, Outlet],
    taken: Mapping[str, Iterable[Taken]],
    *,
    were_on: bool,
    prefix: str = "lab",
) -> Account:
    """Compare; ``outlets`` by destination, ``taken`` by provider. The service may run, and must have come to rest.

    ``were_on``: all destinations have been active all the time. One that was not gets no event of its pause.
    ``prefix``: how the marks of the events begin that are looked at.
    """
    stored, marks = _stored(service, outlets, prefix)
    arrivals = {arrival: found for arrival, found in _arrivals(outlets, taken).items() if arrival[0].startswith(prefix)}
    wanted = accepted.keys() | marks if were_on else accepted.keys() - marks
    expected = {(mark, pk) for mark in wanted for pk in outlets} | stored.keys()
    lost = sorted(expected - (arrivals.keys() & stored.keys()))
    repeats = {arrival: found for arrival, found in arrivals.items() if len(found) > 1}
    unmarked = [arrival for arrival, found in repeats.items() if not _is_marked(arrival, found, stored, outlets)]
    return Account(
        sent=len(accepted),
        expected=len(expected),
        delivered=len(expected & arrivals.keys()),
        lost=[f"{mark} at {outlets[pk].kind}: {_said(stored.get((mark, pk)))}" for mark, pk in lost],
        repeated=sum(len(found) - 1 for found in repeats.values()),
        unmarked=[f"{mark} at {outlets[pk].kind}" for mark, pk in sorted(unmarked) for _ in repeats[mark, pk][1:]],
        waits=_waits(accepted, arrivals),
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile of some seconds; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def _stored(service: Service, outlets: Mapping[int, Outlet], prefix: str) -> tuple[dict[Arrival, Stored], set[str]]:
    """Return what is stored of the deliveries to these, and the marks of all events."""
    rows = service.rows(_STORED, f"{prefix}%")
    found = {(mark, pk): Stored(state, bool(is_repeat)) for mark, pk, state, is_repeat in rows if pk in outlets}
    return found, {row[0] for row in rows}


def _arrivals(outlets: Mapping[int, Outlet], taken: Mapping[str, Iterable[Taken]]) -> dict[Arrival, list[Taken]]:
    numbers = {(outlet.provider, outlet.address): pk for pk, outlet in outlets.items()}
    arrivals: dict[Arrival, list[Taken]] = defaultdict(list)
    for provider, entries in taken.items():
        for one in entries:
            if one.mark and (provider, one.address) in numbers:  # the others are words to the owner
                arrivals[one.mark, numbers[provider, one.address]].append(one)
    return dict(arrivals)


def _waits(accepted: Mapping[str, float], arrivals: Mapping[Arrival, Sequence[Taken]]) -> dict[int, dict[str, float]]:
    waits: dict[int, dict[str, float]] = defaultdict(dict)
    for (mark, pk), found in arrivals.items():
        if mark in accepted:
            waits[pk][mark] = max(0.0, found[0].at - accepted[mark])
    return waits


def _is_marked(
    arrival: Arrival, found: Sequence[Taken], stored: Mapping[Arrival, Stored], outlets: Mapping[int, Outlet]
) -> bool:
    if outlets[arrival[1]].knows_repeats:
        return len({one.identity for one in found}) == 1
    return arrival in stored and stored[arrival].is_maybe_repeat


def _said(stored: Stored | None) -> str:
    return "not in the store" if stored is None else f"{stored.state} in the store"
