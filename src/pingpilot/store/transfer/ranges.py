"""What was compared of a table, in ranges of its key: one that has changed since is compared again, the rest is not."""

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pingpilot.store.transfer.source import Source
from pingpilot.store.transfer.tables import FULL_TEXT, Key, Table
from pingpilot.store.transfer.target import Target

SIZE = 2_000
"""Rows of a range when it is made."""


@dataclass(frozen=True, slots=True)
class Side:
    """What a stretch of rows holds: how many there are, and their SHA-256 in the order of the key."""

    rows: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Compared:
    """What a table holds on both sides: how many rows, and the SHA-256 of what its ranges hold."""

    table: str
    rows: int
    arrived: int
    digest: str
    digest_arrived: str

    @property
    def is_same(self) -> bool:
        """Tell whether each row arrived as it was."""
        return (self.rows, self.digest) == (self.arrived, self.digest_arrived)


class Ranges:
    """One table, cut into ranges that meet: the first has no begin, the last no end. All have to be compared at first.

    It holds for as long as whatever changes in the source is told to ``changed``, and both sides are at the same moment
    whenever ``compare`` is called.
    """

    def __init__(self, table: Table) -> None:
        """Begin with one range, of all."""
        self.table = table
        self._ends: list[Key] = []
        self._sides: list[tuple[Side, Side] | None] = [None]

    def changed(self, key: Key) -> None:
        """Have the range of a key compared again."""
        self._sides[bisect_left(self._ends, key)] = None

    @property
    def is_done(self) -> bool:
        """Whether all ranges are compared."""
        return None not in self._sides

    @property
    def done(self) -> int:
        """How many ranges are compared."""
        return len(self._sides) - self._sides.count(None)

    def compare(self, source: Source, target: Target, read: Callable[[int], None]) -> Iterator[bool]:
        """Compare what has to be, range by range; gives for each whether it is the same. May be left at any time."""
        place = 0
        while place < len(self._sides):
            if self._sides[place] is None:
                here, there = self._compare(place, source, target)
                read(here.rows + there.rows)
                yield here == there
            place += 1

    def result(self) -> Compared:
        """Return what all ranges hold together, once none is open."""
        sides = [side for side in self._sides if side is not None]
        here, there = ([pair[number] for pair in sides] for number in (0, 1))
        return Compared(
            self.table.name, sum(one.rows for one in here), sum(one.rows for one in there), _all(here), _all(there)
        )

    def _compare(self, place: int, source: Source, target: Target) -> tuple[Side, Side]:
        after = self._ends[place - 1] if place else None
        upto = self._ends[place] if place < len(self._ends) else None
        rows = source.compared_rows(self.table, after, upto, SIZE).fetchall()
        if len(rows) == SIZE and (last := self.table.key_of(rows[-1])) != upto:  # there may be more: a range of its own
            self._ends.insert(place, last)
            self._sides.insert(place + 1, None)
            upto = last
        arrived = target.compared_rows(self.table, after, upto).fetchall()
        sides = _side(rows, self.table), _side(arrived, self.table)
        self._sides[place] = sides
        return sides


def _all(sides: list[Side]) -> str:
    return sha256(b"".join(one.digest for one in sides)).hexdigest()


def _side(rows: list[Any], table: Table) -> Side:
    """Return what rows hold. What has no order of its own is put in order."""
    ordered = [(place, _ORDERED[kind]) for place, kind in enumerate(table.columns.values()) if kind in _ORDERED]
    digest = sha256()
    for row in rows:
        values = list(row)
        for place, put in ordered:
            values[place] = values[place] and put(values[place])
        digest.update(repr(values).encode())
    return Side(len(rows), digest.digest())


def _json_in_order(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True)


def _words_in_order(text: str) -> list[str]:
    return sorted(set(text.split(" ")))


_ORDERED: dict[str, Callable[[str], object]] = {"jsonb": _json_in_order, FULL_TEXT: _words_in_order}
