"""Counts and sums that add up exactly, in any order: events, and the numbers of their fields, by stretches of time."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import Any

SLOT = timedelta(minutes=15)
"""The finest stretch: the offset of every time zone in use is a multiple of it. Slots are counted from 1970, in UTC."""
SLOTS_A_DAY = timedelta(days=1) // SLOT
NAMES_MAX = 500
"""Distinct fields of one tally; a later name is left out, so that odd clients cannot make it grow without end."""
_DECIMALS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = Context(prec=400)
"""A field's number is below 10^309 (a finite double) and kept to 30 decimals: no sum of them is ever rounded."""
_STEP = Decimal(1).scaleb(-_DECIMALS)
_PLAIN_CHARS = 25


@dataclass(slots=True)
class FieldTally:
    """One field: how many events have it, how many of them as a number, and the sum of those numbers.

    ``position`` is the first place it had among the fields of an event.
    """

    position: int
    events: int = 0
    numbers: int = 0
    total: Decimal = Decimal(0)

    @property
    def has_numbers(self) -> bool:
        """Whether there is anything to sum; one tally may hold what another has to give, so none with a sum is some."""
        return bool(self.numbers or self.total)


@dataclass(slots=True)
class Tally:
    """How many events, and their fields by name."""

    events: int = 0
    fields: dict[str, FieldTally] = field(default_factory=dict)

    @classmethod
    def of(cls, events: int, text: str) -> "Tally":
        """Return what ``text`` was made of."""
        fields: dict[str, list[Any]] = json.loads(text)
        return cls(events, {name: FieldTally(*one[:3], *map(Decimal, one[3:])) for name, one in fields.items()})

    @property
    def text(self) -> str:
        """The fields as JSON."""
        fields = {
            name: [one.position, one.events, one.numbers, str(one.total)]
            if one.has_numbers
            else [one.position, one.events]
            for name, one in self.fields.items()
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to tell."""
        return not self.events and not self.fields

    def count(self, fields_json: str) -> None:
        """Take one event in, by its fields as they are stored."""
        self.events += 1
        for position, (name, value) in enumerate(_decode(fields_json).items()):
            mine = self._named(name, position)
            if mine is None:
                continue
            mine.events += 1
            if isinstance(value, Decimal):
                mine.numbers += 1
                mine.total = _EXACT.add(mine.total, value)

    def add(self, other: "Tally", sign: int = 1) -> None:
        """Take another one in, or out with sign -1."""
        self.events += sign * other.events
        for name, one in other.fields.items():
            mine = self._named(name, one.position)
            if mine is None:
                continue
            mine.events += sign * one.events
            if one.has_numbers:
                mine.numbers += sign * one.numbers
                mine.total = _EXACT.add(mine.total, one.total if sign > 0 else one.total.copy_negate())
            if not mine.events and not mine.has_numbers:
                del self.fields[name]

    def _named(self, name: str, position: int) -> FieldTally | None:
        """Return a field, a new one where there is room."""
        mine = self.fields.get(name)
        if mine is None:
            if len(self.fields) < NAMES_MAX:
                mine = self.fields[name] = FieldTally(position)
        elif position < mine.position:
            mine.position = position
        return mine


def slot_of(at: datetime) -> int:
    """Return the slot that an instant falls into."""
    return (at - _EPOCH) // SLOT


def start_of(slot: int) -> datetime:
    """Return when a slot begins."""
    return _EPOCH + slot * SLOT


def number(text: str) -> Decimal:
    """Return a JSON number as it counts: exact, to 30 decimals."""
    try:
        value = Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds: of what is finite, one that leaves nothing
        return Decimal(0)
    if len(text) <= _PLAIN_CHARS and "e" not in text and "E" not in text:
        return value
    exponent = value.as_tuple().exponent
    return value.quantize(_STEP, context=_EXACT) if isinstance(exponent, int) and exponent < -_DECIMALS else value


_decode = json.JSONDecoder(parse_float=number, parse_int=number).decode
