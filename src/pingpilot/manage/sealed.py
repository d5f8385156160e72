"""All that is sealed in the database, by what sealed it; and sealing it anew under a newer secret."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import BinaryField, Count, QuerySet
from django.db.models.functions import Substr

from pingpilot.domain.errors import SealBroken
from pingpilot.security.sealing import KEY_ID_BYTES, Box
from pingpilot.store.models import Destination, DoorSecret, Key, Session

BATCH = 200
"""Rows of one transaction: a moment, so that whoever else writes does not wait."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Rows of one table with something sealed in a column. ``context``: what a row's is sealed for, by its key."""

    name: str
    rows: QuerySet[Any]
    column: str
    context: Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Resealed:
    """What was done with a shelf: rows sealed anew, and rows that no known secret opens, which were left alone."""

    shelf: str
    anew: int
    lost: int


def shelves() -> tuple[Shelf, ...]:
    """Return the shelves of the store."""
    return (
        Shelf("destinations", Destination.objects.filter(removed_at=None), "sealed", "destination:{}".format),
        Shelf("API keys", Key.objects.exclude(sealed=None), "sealed", "key:{}".format),
        Shelf("secrets of services", DoorSecret.objects.all(), "sealed", "door:{}".format),
    )


def counts(column: str, rows: QuerySet[Any]) -> Counter[str]:
    """Return how many rows were sealed under which key id, as text."""
    start = Substr(column, 1, KEY_ID_BYTES, output_field=BinaryField())
    found = rows.order_by().annotate(key_id=start).values_list("key_id").annotate(count=Count("*"))
    return Counter({bytes(key_id or b"").hex(): count for key_id, count in found})


def counts_of_sessions() -> Counter[str]:
    """Return the same of the sessions, which are ended and not sealed anew."""
    return counts("data", Session.objects.all())


def reseal(box: Box, shelf: Shelf, size: int = BATCH) -> Resealed:
    """Seal anew what an older secret has sealed, so many rows at a time. May be interrupted, and run again.

    A row that changes meanwhile was sealed anew by whoever changed it.
    """
    anew = lost = 0
    for batch in _batches(shelf, size):
        with transaction.atomic():
            for key, sealed in batch:
                if sealed[:KEY_ID_BYTES] == box.key_id:
                    continue
                try:
                    new = box.resealed(sealed, shelf.context(key))
                except SealBroken:
                    lost += 1
                    continue
                anew += shelf.rows.filter(pk=key, **{shelf.column: sealed}).update(**{shelf.column: new})
    return Resealed(shelf.name, anew, lost)


def end_sessions(box: Box) -> int:
    """End the sessions that an older secret has sealed; return how many. Their users sign in again."""
    start = Substr("data", 1, KEY_ID_BYTES, output_field=BinaryField())
    return Session.objects.annotate(key_id=start).exclude(key_id=box.key_id).delete()[0]


def _batches(shelf: Shelf, size: int) -> Iterator[list[tuple[Any, bytes]]]:
    last: object = None
    while True:
        rows = shelf.rows.order_by("pk") if last is None else shelf.rows.filter(pk__gt=last).order_by("pk")
        found = [(key, bytes(sealed)) for key, sealed in rows.values_list("pk", shelf.column)[:size]]
        if not found:
            return
        yield found
        last = found[-1][0]
