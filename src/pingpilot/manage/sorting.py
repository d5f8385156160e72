"""Events in another order than that of time: by one of their fields, as far as that can be had at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from pingpilot.manage.events import Wanted, listed, read
from pingpilot.manage.services import Services
from pingpilot.store.models import Event, Workspace

SORTED_MAX = 2_000
"""Events sorted at a time, the newest that pass: no index has the values of fields."""
_LOOKS_MAX = 20
_decode = json.JSONDecoder(parse_float=Decimal).decode
_Rank = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """By a field, or by time where ``field`` is empty."""

    field: str = ""
    is_descending: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Which page, from 1, and how long pages are."""

    page: int
    size: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """One page of ``total`` events in order. ``is_partial``: there are older ones that were left out."""

    events: Sequence[Event]
    total: int
    is_partial: bool


def sorted_page(services: Services, workspace: Workspace, wanted: Wanted, order: Order, part: Part) -> Sorted:
    """Return events that pass, with their deliveries; those without the field come last, whichever the order."""
    ids, is_partial = _passing(services, workspace, wanted)
    ids = _by_field(ids, order) if order.field else _by_time(ids, order)
    start = (max(1, part.page) - 1) * part.size
    return Sorted(read(ids[start : start + part.size], has_deliveries=True), len(ids), is_partial)


def _passing(services: Services, workspace: Workspace, wanted: Wanted) -> tuple[list[str], bool]:
    """Return the newest ids that pass, newest first, and whether there may be more."""
    ids, after = list[str](), None
    for _ in range(_LOOKS_MAX):
        found = listed(services, workspace, wanted, after, SORTED_MAX - len(ids))
        ids += found.events
        after = found.cursor
        if after is None or len(ids) >= SORTED_MAX:
            break
    return ids, after is not None


def _by_time(ids: list[str], order: Order) -> list[str]:
    return ids if order.is_descending else ids[::-1]


def _by_field(ids: Sequence[str], order: Order) -> list[str]:
    rows = Event.objects.filter(pk__in=[UUID(hex=one) for one in ids]).values_list("pk", "fields")
    values = {key.hex: _decode(fields) for key, fields in rows}
    having = [one for one in ids if order.field in values.get(one, {})]
    having.sort(key=lambda one: _rank(values[one][order.field]), reverse=order.is_descending)
    lacking = [one for one in ids if order.field not in values.get(one, {})]
    return having + lacking


def _rank(value: object) -> _Rank:
    """Order truth before numbers before text, each among its like."""
    match value:
        case bool():
            return 0, value
        case int() | Decimal():
            return 1, value
        case _:
            return 2, str(value).casefold()
