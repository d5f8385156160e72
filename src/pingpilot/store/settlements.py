"""Settling attempts: delivery, attempt, event, quota and destination health change together, set-based."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.store.closing import finish_events
from pingpilot.store.senders import note_broken
from pingpilot.store.sql import hex_of, insert, lock_clause, now_sql, query, stamp


class Health(StrEnum):
    """What an attempt said about its destination."""

    WELL = "well"
    AILING = "ailing"
    SUSPECT = "suspect"
    DEAD = "dead"
    BROKEN = "broken"
    """Its own credential is refused: its deliveries are held."""
    UNTOUCHED = "untouched"


class Try(msgspec.Struct, frozen=True, array_like=True):
    """The record of one attempt."""

    number: int
    started_at: datetime
    duration_ms: int
    outcome: str
    code: str
    detail: str


class Settle(msgspec.Struct, frozen=True, array_like=True):
    """The end of one attempt: the delivery leaves SENDING.

    ``sealed`` replaces the destination's settings where the provider gave a new address, and ``identity`` by what its
    person is found again. ``tried`` is None where nothing was attempted (the destination was gone, or the worker gives
    its lease back). ``broken_sender`` is a channel whose credential, of this instance, was refused for everybody.
    """

    delivery: DeliveryId
    event: EventId
    owner: str
    workspace: WorkspaceId
    destination: DestinationId
    state: DeliveryState
    now: datetime
    due_at: datetime
    begun_at: datetime
    attempts: int
    is_maybe_repeat: bool
    provider_id: str
    detail: str
    tried: Try | None
    health: Health
    proves: bool
    sealed: bytes | None = None
    identity: bytes | None = None
    broken_sender: str = ""

    def __repr__(self) -> str:
        """Name it, without what is sealed."""
        return f"Settle({self.delivery}, {self.state.value})"


class SettleMany(msgspec.Struct, frozen=True):
    """The ends of several attempts. Answered with one answer for each, False where the lease had been lost."""

    ends: Sequence[Settle]

    def __reduce__(self) -> "tuple[Callable[[bytes], SettleMany], tuple[bytes]]":
        """Travel to the writer as MessagePack: a small part of the time that pickle takes for so many members."""
        return unpacked, (_encode(self.ends),)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Settle]).decode

_UPDATE = """
    UPDATE store_delivery SET
        state = v.state, lease_owner = '', lease_until = NULL, due_at = v.due_at, begun_at = v.begun_at,
        attempts = v.attempts, final_at = v.final_at,
        is_maybe_repeat = (store_delivery.is_maybe_repeat OR v.is_maybe_repeat),
        provider_id = v.provider_id,
        last_detail = CASE WHEN v.was_tried THEN v.detail ELSE store_delivery.last_detail END
    FROM v
    WHERE store_delivery.id = v.id AND store_delivery.state = 'SENDING' AND store_delivery.lease_owner = v.owner
        AND store_delivery.id BETWEEN :first AND :last
    RETURNING store_delivery.id
"""
_UPDATE_COLUMNS = {
    "id": "uuid",
    "owner": "text",
    "state": "text",
    "due_at": "timestamptz",
    "begun_at": "timestamptz",
    "attempts": "integer",
    "final_at": "timestamptz",
    "is_maybe_repeat": "boolean",
    "provider_id": "text",
    "detail": "text",
    "was_tried": "boolean",
}
_EXISTING = """
    SELECT d.id FROM v JOIN store_delivery d ON d.id = v.id AND d.id BETWEEN :first AND :last
"""
_ATTEMPT_COLUMNS = {
    "delivery_id": "uuid",
    "number": "integer",
    "started_at": "timestamptz",
    "duration_ms": "integer",
    "outcome": "text",
    "code": "text",
    "detail": "text",
}
_HOLD = "SELECT s.id FROM v JOIN store_destination s ON s.id = v.id"
_WELL = """
    UPDATE store_destination SET last_success_at = v.at, suspect_count = 0, suspect_since = NULL, broken_at = NULL,
        told_at = CASE WHEN gone_at IS NULL THEN NULL ELSE told_at END
    FROM v WHERE store_destination.id = v.id
"""
_AILING = """
    UPDATE store_destination SET last_error_at = v.at, last_error = v.detail,
        suspect_count = suspect_count + v.suspects,
        suspect_since = CASE WHEN v.suspects > 0 THEN COALESCE(suspect_since, v.at) ELSE suspect_since END
    FROM v WHERE store_destination.id = v.id
"""
_AILING_COLUMNS = {"id": "bigint", "at": "timestamptz", "detail": "text", "suspects": "integer"}
_DISABLE = """
    UPDATE store_destination SET disabled_at = v.at, disabled_reason = v.detail, gone_at = v.at, broken_at = NULL,
        told_at = NULL
    FROM v WHERE store_destination.id = v.id AND store_destination.disabled_at IS NULL
    RETURNING store_destination.workspace_id
"""
_BREAK = """
    UPDATE store_destination SET broken_at = v.at, told_at = NULL
    FROM v WHERE store_destination.id = v.id AND store_destination.broken_at IS NULL
        AND store_destination.disabled_at IS NULL
"""
_VERIFY = """
    UPDATE store_destination SET verified_at = v.at
    FROM v WHERE store_destination.id = v.id AND store_destination.verified_at IS NULL
    RETURNING store_destination.workspace_id
"""
_DISABLE_SUSPECT = """
    UPDATE store_destination SET disabled_at = v.at, disabled_reason = v.detail, gone_at = v.at, broken_at = NULL,
        told_at = NULL
    FROM v WHERE store_destination.id = v.id AND store_destination.disabled_at IS NULL
        AND store_destination.suspect_count >= v.suspects AND store_destination.suspect_since <= v.since
    RETURNING store_destination.workspace_id
"""
_DISABLE_SUSPECT_COLUMNS = {
    "id": "bigint",
    "at": "timestamptz",
    "detail": "text",
    "suspects": "integer",
    "since": "timestamptz",
}
_MOVE = """
    UPDATE store_destination SET sealed = v.sealed, identity_digest = COALESCE(v.identity, identity_digest)
    FROM v WHERE store_destination.id = v.id
"""
_MOVE_COLUMNS = {"id": "bigint", "sealed": "bytea", "identity": "bytea"}
_BUMP = """
    UPDATE store_workspace SET revision = revision + 1, changed_at = {now} FROM v WHERE store_workspace.id = v.id
"""
_FINAL = (DeliveryState.DELIVERED, DeliveryState.DEAD)
_AILS = frozenset({Health.AILING, Health.SUSPECT, Health.DEAD, Health.BROKEN})
_ERROR_MAX_CHARS = 300
SUSPECTS_MAX = 3
SUSPECT_FOR = timedelta(hours=24)
"""An address is dead after 3 suspect outcomes over at least 24 h. Source: SPEC section 7.3."""


def unpacked(data: bytes) -> SettleMany:
    """Return a unit as it was packed; public, since pickle knows it by its name."""
    return SettleMany(_decode(data))


def settle_many(cursor: CursorWrapper, units: Sequence[SettleMany]) -> list[list[bool]]:
    """Record what the attempts of all units came to; must run inside a transaction."""
    answers = iter(settle(cursor, [end for unit in units for end in unit.ends]))
    return [[next(answers) for _ in unit.ends] for unit in units]


def settle(cursor: CursorWrapper, units: Sequence[Settle]) -> list[bool]:
    """Record what the attempts came to; must run inside a transaction."""
    found = query(cursor, _UPDATE, _UPDATE_COLUMNS, [_delivery_row(unit) for unit in units])
    won = {hex_of(row[0]) for row in found}
    known = won | _existing(cursor, [unit for unit in units if unit.delivery not in won])
    record_attempts(cursor, [unit for unit in units if unit.delivery in known])
    finish_events(cursor, {unit.event for unit in units if unit.state in _FINAL and unit.delivery in won})
    record_health(cursor, units)
    return [unit.delivery in won for unit in units]


def record_attempts(cursor: CursorWrapper, units: Sequence[Settle]) -> None:
    """Write the record of each attempt."""
    rows = [
        (
            unit.delivery,
            tried.number,
            stamp(tried.started_at),
            tried.duration_ms,
            tried.outcome,
            tried.code,
            tried.detail,
        )
        for unit in units
        if (tried := unit.tried) is not None
    ]
    insert(cursor, "store_attempt", _ATTEMPT_COLUMNS, rows)


def record_health(cursor: CursorWrapper, units: Sequence[Settle]) -> None:
    """Write each destination once, whatever the number of its attempts in this batch."""
    if clause := lock_clause("NO KEY UPDATE OF s"):  # in order: two processes that learn of the same never deadlock
        query(cursor, _HOLD + clause, {"id": "bigint"}, [(pk,) for pk in sorted({unit.destination for unit in units})])
    at = {"id": "bigint", "at": "timestamptz"}
    well = {unit.destination: unit.now for unit in units if unit.health is Health.WELL}
    query(cursor, _WELL, at, [(destination, stamp(now)) for destination, now in sorted(well.items())])
    special = [unit for unit in units if _is_special(unit)]
    if special:
        _record_trouble(cursor, special, at)


def _is_special(unit: Settle) -> bool:
    """Tell whether an end says more of its destination than that it is well."""
    is_quiet = unit.health is Health.WELL or unit.health is Health.UNTOUCHED
    return not is_quiet or unit.proves or unit.sealed is not None or bool(unit.broken_sender)


def _record_trouble(cursor: CursorWrapper, units: Sequence[Settle], at: dict[str, str]) -> None:
    ailing: dict[DestinationId, tuple[Any, ...]] = {}
    for unit in units:
        if unit.health in _AILS:
            suspects = ailing.get(unit.destination, (0, 0, 0, 0))[3] + (unit.health is Health.SUSPECT)
            ailing[unit.destination] = (unit.destination, stamp(unit.now), unit.detail[:_ERROR_MAX_CHARS], suspects)
    query(cursor, _AILING, _AILING_COLUMNS, sorted(ailing.values()))
    broken = {unit.destination: stamp(unit.now) for unit in units if unit.health is Health.BROKEN}
    query(cursor, _BREAK, at, sorted(broken.items()))
    note_broken(cursor, [(unit.broken_sender, unit.now, unit.detail) for unit in units if unit.broken_sender])
    _change_standing(cursor, units, at)


def _existing(cursor: CursorWrapper, lost: Sequence[Settle]) -> set[str]:
    """Return which deliveries still exist: one may have been deleted with its category while it was attempted."""
    rows = query(cursor, _EXISTING, {"id": "uuid"}, [(unit.delivery,) for unit in lost])
    return {hex_of(row[0]) for row in rows}


def _change_standing(cursor: CursorWrapper, units: Sequence[Settle], at: dict[str, str]) -> None:
    """Disable the dead, verify the proven; their workspaces' cached pictures become stale."""
    dead = {
        unit.destination: (unit.destination, stamp(unit.now), unit.detail[:_ERROR_MAX_CHARS])
        for unit in units
        if unit.health is Health.DEAD
    }
    proven = {
        unit.destination: (unit.destination, stamp(unit.now))
        for unit in units
        if unit.proves and unit.state is DeliveryState.DELIVERED
    }
    changed = query(cursor, _DISABLE, {**at, "detail": "text"}, sorted(dead.values()))
    changed += query(cursor, _DISABLE_SUSPECT, _DISABLE_SUSPECT_COLUMNS, _suspects(units))
    changed += query(cursor, _VERIFY, at, sorted(proven.values()))
    moved = {unit.destination: unit for unit in units if unit.sealed is not None}
    query(cursor, _MOVE, _MOVE_COLUMNS, [(pk, unit.sealed, unit.identity) for pk, unit in sorted(moved.items())])
    query(cursor, _BUMP.format(now=now_sql()), {"id": "bigint"}, sorted(set(changed)))


def _suspects(units: Sequence[Settle]) -> list[tuple[Any, ...]]:
    return [
        (
            unit.destination,
            stamp(unit.now),
            unit.detail[:_ERROR_MAX_CHARS],
            SUSPECTS_MAX,
            stamp(unit.now - SUSPECT_FOR),
        )
        for unit in {unit.destination: unit for unit in units if unit.health is Health.SUSPECT}.values()
    ]


def _delivery_row(unit: Settle) -> tuple[Any, ...]:
    """Return a row of ``_UPDATE``; an instant that comes twice is written once, since that is half the work."""
    now = stamp(unit.now)
    due = now if unit.due_at == unit.now else stamp(unit.due_at)
    final = now if unit.state in _FINAL else None
    lease = unit.delivery, unit.owner
    times = unit.state.value, due, stamp(unit.begun_at), unit.attempts, final
    return (*lease, *times, unit.is_maybe_repeat, unit.provider_id, unit.detail, unit.tried is not None)
