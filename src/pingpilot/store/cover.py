"""A range of time as whole slots and what is left over, or too much, at its two ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pingpilot.domain.tally import SLOT, slot_of, start_of
from pingpilot.store.reports import Scope, counts

COUNTED_MAX = 2_000
"""Events that are counted at each side of an end to find the side with fewer."""
_LAST = start_of(slot_of(datetime.max.replace(tzinfo=UTC)))


@dataclass(frozen=True, slots=True)
class Edge:
    """A piece of a slot, to be added (1) or taken off (-1)."""

    start: datetime
    end: datetime
    sign: int


@dataclass(frozen=True, slots=True)
class Cover:
    """Whole slots, and edges that make them the range."""

    slots: range
    edges: Sequence[Edge]

    @property
    def start(self) -> datetime:
        """When the slots begin."""
        return start_of(self.slots.start)

    @property
    def end(self) -> datetime:
        """When the slots end."""
        return start_of(self.slots.stop)


def cover_of(scope: Scope, start: datetime, end: datetime) -> Cover:
    """Cover a range so that few events have to be looked at: the end is often now, with next to nothing after it."""
    start, end = (min(at.astimezone(UTC), _LAST) for at in (start, end))
    first, last = slot_of(start), slot_of(end)
    if first == last:
        return Cover(range(first, first), [Edge(start, end, 1)])
    edges = []
    if start > start_of(first):
        inside, outside = Edge(start, start_of(first) + SLOT, 1), Edge(start_of(first), start, -1)
        edges.append(_narrower(scope, inside, outside))
        first += edges[-1].sign > 0
    if end > start_of(last):
        inside, outside = Edge(start_of(last), end, 1), Edge(end, start_of(last) + SLOT, -1)
        edges.append(_narrower(scope, inside, outside))
        last += edges[-1].sign < 0
    return Cover(range(first, last), edges)


def _narrower(scope: Scope, inside: Edge, outside: Edge) -> Edge:
    within, beyond = counts(scope, [(edge.start, edge.end) for edge in (inside, outside)], COUNTED_MAX)
    return inside if within <= beyond else outside
