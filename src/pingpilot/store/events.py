"""Accepting events: quota, events and their deliveries, set-based, in the transaction of the writer."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import compress
from types import MappingProxyType

import msgspec
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import EventStatus, NewEvent, Purpose
from pingpilot.domain.ids import CategoryId, DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.quota import OverLimit
from pingpilot.domain.routing import Route
from pingpilot.store.columns import DELIVERY, EVENT, EVENT_MADE, LEASED_DELIVERY, delivery_made
from pingpilot.store.holding import Lines, mark
from pingpilot.store.plans import catalogue
from pingpilot.store.quotas import Period, give_back, take
from pingpilot.store.repeats import Repeats, mark_repeats, may_repeat
from pingpilot.store.sql import Row, begun, insert, lock_clause, optional_stamp, stamp


class Lease(msgspec.Struct, frozen=True, array_like=True):
    """Which deliveries of an event are leased to a worker as they are stored, and until when: one for each route."""

    owner: str
    until: datetime
    held: Sequence[bool]


class Accept(msgspec.Struct, frozen=True, array_like=True):
    """One event to be kept, with one delivery per route.

    ``revision`` is that of the picture it rests on: when the workspace has moved on, nothing is stored and the answer
    is ``Stale``. None skips the check. Only a ``REPORT`` takes a unit of the quota. ``delivery_ids`` has one id per
    route.
    """

    workspace: WorkspaceId
    revision: int | None
    category: CategoryId | None
    event: NewEvent
    routes: Sequence[Route]
    event_id: EventId
    delivery_ids: Sequence[DeliveryId]
    received_at: datetime
    purpose: Purpose = Purpose.REPORT
    proves: bool = False
    lease: Lease | None = None

    def __reduce__(self) -> "tuple[Callable[[bytes], Accept], tuple[bytes]]":
        """Travel to the writer as MessagePack: a third of the time that pickle takes for its members."""
        return _unpacked, (_encode(self),)


class Accepted(msgspec.Struct, frozen=True, array_like=True):
    """Committed. ``used`` is the month's count after it; 0 where it took no unit.

    ``settings`` are the sealed ones of the destination of each leased delivery, as of this commit.
    """

    used: int
    settings: Sequence[bytes] = ()

    def __repr__(self) -> str:
        """Name it, without what is sealed."""
        return f"Accepted({self.used})"


class Repeated(Accepted, frozen=True):
    """Committed as well, and counted; it is not delivered, since one like it was within its category's cooldown."""

    first: EventId = EventId("")


class Held(Accepted, frozen=True):
    """Committed as well, and shown; it took no unit, and its deliveries wait until the quota allows them."""


@dataclass(frozen=True, slots=True)
class QuotaFull:
    """Refused: the month's units are used up. Nothing was stored."""

    used: int


@dataclass(frozen=True, slots=True)
class Stale:
    """Refused: the workspace has changed since the picture was made. Nothing was stored."""


Answer = Accepted | Repeated | Held | QuotaFull | Stale

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Accept).decode

_PENDING_EVENT, _DELIVERED_EVENT = EventStatus.PENDING.value, EventStatus.DELIVERED.value
_WORKSPACE = "SELECT w.id, w.revision, w.plan, w.over_limit FROM v JOIN store_workspace w ON w.id = v.id"
_SEALED = "SELECT s.id, s.sealed FROM v JOIN store_destination s ON s.id = v.id"
_PENDING, _SENDING, _HELD = (one.value for one in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD))
_Deliveries = dict[tuple[str, bool], list[Row]]
"""Rows by the state that they begin in, and whether a success verifies the destination."""

_HOLD = OverLimit.HOLD.value
_NOBODY: AbstractSet[str] = frozenset()
_NO_REPEATS: Mapping[str, EventId] = MappingProxyType({})
_Plans = dict[int, tuple[int, int | None, bool]]
"""Workspace to its revision, the events its plan allows in a month, and whether what is beyond is held."""


class Allowance:
    """The quotas that one transaction draws on.

    At its making the rows of the workspaces are held against change, and a unit of quota is taken for each report; so
    whoever else wants units of the same month waits for the commit. Units are granted one by one, first come, first
    served; ``close`` returns what was taken and not granted.
    """

    __slots__ = ("_lines", "_plans", "_repeats", "_sealed", "_spare", "_used")

    def __init__(self, cursor: CursorWrapper, units: Sequence[Accept]) -> None:
        """Take for these units; must run inside a transaction."""
        plans = _plans(cursor, {unit.workspace for unit in units})
        wanted = Counter(_period(unit) for unit in units if unit.purpose is Purpose.REPORT)
        used, sealed = take(cursor, wanted), _sealed(cursor, units)
        self._plans, self._used, self._sealed = plans(), used(), sealed()
        self._spare = {period: wanted[period] for period in self._used}
        # Only now: whoever let events wait, or released some, has committed, since the quota's row was waited for.
        holders = [WorkspaceId(pk) for pk, (_, _, is_held) in self._plans.items() if is_held]
        self._lines = Lines(cursor, holders) if holders else None
        suspects = [unit for unit in units if may_repeat(unit)]
        self._repeats = Repeats(cursor, suspects) if suspects else None

    def is_current(self, unit: Accept) -> bool:
        """Tell whether a unit rests on the present revision of its workspace."""
        known = self._plans.get(unit.workspace)
        return known is not None and unit.revision in (None, known[0])

    def grant(self, unit: Accept) -> Answer:
        """Let a unit pass, or say why not."""
        if not self.is_current(unit):
            return Stale()
        if unit.purpose is not Purpose.REPORT:
            return Accepted(0, self._settings(unit))
        period, limit = _period(unit), self._plans[unit.workspace][1]
        used = self._used[period]
        if self._lines is not None and unit.workspace in self._lines and self._lines.is_waiting(unit.workspace):
            return self._beyond(unit, used)
        if limit is not None and used >= limit:
            return self._beyond(unit, used)
        self._used[period] = used + 1
        self._spare[period] -= 1
        if self._repeats is not None and may_repeat(unit) and (first := self._repeats.join(unit)) is not None:
            return Repeated(used + 1, first=first)
        return Accepted(used + 1, self._settings(unit))

    def withdraw(self, unit: Accept) -> None:
        """Take back what was granted to a report."""
        if self._lines is not None and self._lines.leave(unit.workspace, unit.event_id):
            return
        if self._repeats is not None:
            self._repeats.leave(unit)
        period = _period(unit)
        self._used[period] -= 1
        self._spare[period] += 1

    def close(self, cursor: CursorWrapper) -> None:
        """Return what was not granted."""
        spare = {period: count for period, count in self._spare.items() if count}
        if spare:
            give_back(cursor, spare)

    @property
    def held(self) -> AbstractSet[str]:
        """The ids of the events that have to wait."""
        return _NOBODY if self._lines is None else self._lines.joined

    @property
    def repeats(self) -> Mapping[str, EventId]:
        """The ids of the events that repeat another, each with that one's."""
        return _NO_REPEATS if self._repeats is None else self._repeats.of

    def _beyond(self, unit: Accept, used: int) -> Answer:
        """Let a report wait, where its workspace wishes that and the line is not full."""
        lines = self._lines
        is_held = lines is not None and unit.workspace in lines and lines.join(unit.workspace, unit.event_id)
        return Held(used) if is_held else QuotaFull(used)

    def _settings(self, unit: Accept) -> Sequence[bytes]:
        return () if unit.lease is None else [self._sealed[destination] for destination in _leased_to(unit)]


def accept(cursor: CursorWrapper, units: Sequence[Accept]) -> list[Answer]:
    """Keep the events, in order, as far as revisions and quotas allow; must run inside a transaction."""
    allowance = Allowance(cursor, units)
    answers = [allowance.grant(unit) for unit in units]
    allowance.close(cursor)
    kept = [unit for unit, answer in zip(units, answers, strict=True) if isinstance(answer, Accepted)]
    keep(cursor, kept, allowance.held, allowance.repeats)
    return answers


def keep(
    cursor: CursorWrapper,
    units: Sequence[Accept],
    held: AbstractSet[str] = _NOBODY,
    repeats: Mapping[str, EventId] = _NO_REPEATS,
) -> None:
    """Insert events with their deliveries: those that were granted, or have to wait; and repeats without any."""
    if repeats:
        alone = partial(msgspec.structs.replace, routes=(), delivery_ids=(), lease=None)
        units = [alone(unit) if unit.event_id in repeats else unit for unit in units]
    events: list[Row] = []
    deliveries, at, received = _Deliveries(), None, None
    for unit in units:
        if unit.received_at is not at:  # the events of one call share it
            at, received = unit.received_at, stamp(unit.received_at)
        events.append(_event_row(unit, received))
        _add_deliveries(deliveries, unit, received, is_held=unit.event_id in held)
    insert(cursor, "store_event", EVENT, events, EVENT_MADE)
    for (state, proves), rows in deliveries.items():
        columns = LEASED_DELIVERY if state == _SENDING else DELIVERY
        insert(cursor, "store_delivery", columns, rows, delivery_made(state, proves=proves))
    if held:
        mark(cursor, [(unit.event_id, stamp(unit.received_at)) for unit in units if unit.event_id in held])
    if repeats:
        mark_repeats(cursor, repeats)


def leased(unit: Accept, lease: Lease) -> Accept:
    """Return the same with deliveries that are leased from the beginning."""
    return msgspec.structs.replace(unit, lease=lease)


def _leased_to(unit: Accept) -> list[DestinationId]:
    held = () if unit.lease is None else unit.lease.held
    return [route.destination for route, is_held in zip(unit.routes, held, strict=False) if is_held]


def _sealed(cursor: CursorWrapper, units: Sequence[Accept]) -> Callable[[], dict[int, bytes]]:
    """Read the settings of destinations that deliveries are leased for: once each, whatever the number of events."""
    wanted = {destination for unit in units if unit.lease is not None for destination in _leased_to(unit)}
    rows = begun(cursor, _SEALED, {"id": "bigint"}, [(pk,) for pk in sorted(wanted)])
    return lambda: {pk: bytes(sealed) for pk, sealed in rows()}


def _unpacked(data: bytes) -> Accept:
    """Return a unit as it was packed; a function of its own, since pickle knows it by name."""
    return _decode(data)


def _plans(cursor: CursorWrapper, workspaces: set[WorkspaceId]) -> Callable[[], _Plans]:
    """Read revision and limit, and hold the rows against change until the commit."""
    rows = begun(cursor, _WORKSPACE + lock_clause("SHARE OF w"), {"id": "bigint"}, [(pk,) for pk in workspaces])
    plans = catalogue()
    return lambda: {
        pk: (revision, plans.of(plan).events_per_month, over == _HOLD) for pk, revision, plan, over in rows()
    }


def _period(unit: Accept) -> Period:
    return (unit.workspace, unit.received_at.year, unit.received_at.month)  # received_at is in UTC


def _event_row(unit: Accept, received: object) -> Row:
    event = unit.event
    return (
        unit.event_id,
        unit.workspace,
        unit.category,
        event.category,
        unit.purpose.value,
        event.description,
        event.fields_json,
        event.severity.value,
        event.url,
        event.dedupe_key,
        optional_stamp(event.occurred_at),
        received,
        _PENDING_EVENT if unit.routes else _DELIVERED_EVENT,
    )


def _add_deliveries(deliveries: _Deliveries, unit: Accept, received: object, *, is_held: bool) -> None:
    lease, turns = unit.lease, zip(unit.delivery_ids, unit.routes, strict=True)
    rows = [(pk, unit.event_id, destination, channel, received) for pk, (destination, channel, _) in turns]
    free = deliveries.setdefault((_HELD if is_held else _PENDING, unit.proves), [])
    if lease is None or is_held:
        free += rows
        return
    free += [row for row, is_leased in zip(rows, lease.held, strict=True) if not is_leased]
    taken = lease.owner, stamp(lease.until)
    deliveries.setdefault((_SENDING, unit.proves), []).extend((*row, *taken) for row in compress(rows, lease.held))
