"""Deliveries on their way: claim them under a lease, find those that are due, rescue those whose worker is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.message import Source
from pingpilot.domain.packing import packed
from pingpilot.domain.routing import Route
from pingpilot.store.models import Delivery
from pingpilot.store.sql import ask, hex_of, instant, query, stamp

_PENDING, _SENDING = DeliveryState.PENDING.value, DeliveryState.SENDING.value


@packed
@dataclass(frozen=True, slots=True)
class Claim:
    """Lease deliveries to a worker until an instant. Answered with a ``Job`` for each, None where it is not free."""

    deliveries: Sequence[DeliveryId]
    owner: str
    now: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Rescue:
    """Free the deliveries whose lease has run out; all, where no other worker can be alive. Answered with how many."""

    now: datetime
    is_everyone_gone: bool = False


@dataclass(frozen=True, slots=True)
class SetBack:
    """Bring forward what a clock put off that was ahead, and has been set back from one instant to another.

    Answered with how many deliveries that are. Of several workers each does so for the same jump: things may then be
    tried too early, and never too late.
    """

    before: datetime
    now: datetime


@packed
@dataclass(frozen=True, slots=True)
class Release:
    """Give leases back, as if they had never been. Answered with whether each was held.

    ``until`` tells them from later leases of the same owner, under which an attempt may be alive.
    """

    deliveries: Sequence[DeliveryId]
    owner: str
    until: datetime


@packed
@dataclass(frozen=True, slots=True)
class Job:
    """All that one attempt needs. ``sealed`` is None when the destination is gone or disabled."""

    delivery: DeliveryId
    owner: str
    workspace: WorkspaceId
    destination: DestinationId
    channel: str
    source: Source
    attempts: int
    begun_at: datetime
    is_maybe_repeat: bool
    proves: bool
    sealed: bytes | None = field(repr=False)


CLAIMED = """
    store_delivery.id, store_delivery.lease_owner, store_delivery.event_id, store_delivery.destination_id,
    store_delivery.channel, store_delivery.attempts, store_delivery.begun_at, store_delivery.is_maybe_repeat,
    store_delivery.proves
"""
"""What a lease gives back of a delivery, for ``load``."""
_CLAIM = f"""
    UPDATE store_delivery SET state = 'SENDING', lease_owner = v.owner, lease_until = v.until FROM v
    WHERE store_delivery.id = v.id AND store_delivery.state = 'PENDING'
        AND store_delivery.id BETWEEN :first AND :last
    RETURNING {CLAIMED}
"""
_RELEASE = """
    UPDATE store_delivery SET state = 'PENDING', lease_owner = '', lease_until = NULL FROM v
    WHERE store_delivery.id = v.id AND store_delivery.state = 'SENDING' AND store_delivery.lease_owner = v.owner
        AND store_delivery.lease_until = v.until AND store_delivery.id BETWEEN :first AND :last
    RETURNING store_delivery.id
"""
_LEASE_COLUMNS = {"id": "uuid", "owner": "text", "until": "timestamptz"}

_EVENTS = """
    SELECT e.id, e.category_name, c.emoji, c.color, e.description, e.fields, e.severity, e.occurred_at, e.received_at,
           e.url, e.workspace_id, e.purpose
    FROM v JOIN store_event e ON e.id = v.id AND e.id BETWEEN :first AND :last
    LEFT JOIN store_category c ON c.id = e.category_id
"""
_DESTINATIONS = """
    SELECT s.id, s.sealed, s.disabled_at IS NOT NULL OR s.removed_at IS NOT NULL, s.verified_at IS NULL
    FROM v JOIN store_destination s ON s.id = v.id
"""
# Steps from one destination to the next on the index: as many steps as destinations, not as deliveries.
_ROUTES_DUE = """
    WITH RECURSIVE step(destination_id) AS (
        SELECT MIN(destination_id) FROM store_delivery WHERE state = 'PENDING'
        UNION ALL
        SELECT (SELECT MIN(d.destination_id) FROM store_delivery d
                WHERE d.state = 'PENDING' AND d.destination_id > step.destination_id)
        FROM step WHERE step.destination_id IS NOT NULL
    )
    SELECT s.id, s.kind, s.workspace_id FROM step JOIN store_destination s ON s.id = step.destination_id
    WHERE EXISTS (
        SELECT 1 FROM store_delivery d WHERE d.destination_id = s.id AND d.state = 'PENDING' AND d.due_at <= %s
    )
"""
_DUE = """
    SELECT d.destination_id, d.id, d.due_at FROM v JOIN store_delivery d ON d.id IN (
        SELECT w.id FROM store_delivery w
        WHERE w.destination_id = v.destination AND w.state = 'PENDING' AND w.due_at <= v.now
        ORDER BY w.due_at LIMIT {each}
    )
"""
_DEFAULT_COLOR = 0x6C5CE7


def claim(cursor: CursorWrapper, units: Sequence[Claim]) -> list[list[Job | None]]:
    """Lease what is free, and load it; must run inside a transaction."""
    won = query(cursor, _CLAIM, _LEASE_COLUMNS, _leases(units))
    jobs = {job.delivery: job for job in load(cursor, won)}
    return [[jobs.pop(delivery, None) for delivery in unit.deliveries] for unit in units]


def load(cursor: CursorWrapper, rows: Sequence[Any]) -> list[Job]:
    """Return the jobs of rows of ``CLAIMED``, by id; those of one event share its source."""
    rows = sorted(rows)
    events = query(cursor, _EVENTS, {"id": "uuid"}, [(pk,) for pk in dict.fromkeys(hex_of(row[2]) for row in rows)])
    sources = {pk: (_source(pk, row), *row[10:]) for row in events for pk in [EventId(hex_of(row[0]))]}
    wanted = [(pk,) for pk in sorted({row[3] for row in rows})]
    destinations = {row[0]: row[1:] for row in query(cursor, _DESTINATIONS, {"id": "bigint"}, wanted)}
    found = [(row, sources.get(EventId(hex_of(row[2]))), destinations.get(row[3])) for row in rows]
    return [_job(row, event, destination) for row, event, destination in found if event and destination]


def routes_due(now: datetime) -> list[Route]:
    """Return the routes on which a delivery's time has come. Each costs a look or two, whatever waits there."""
    return [Route(DestinationId(pk), kind, WorkspaceId(owner)) for pk, kind, owner in ask(_ROUTES_DUE, [stamp(now)])]


def due(now: datetime, destinations: Sequence[DestinationId], each: int) -> list[tuple[DestinationId, DeliveryId]]:
    """Return up to so many deliveries for each destination whose time has come, the longest waiting first."""
    rows = [(destination, stamp(now)) for destination in destinations]
    with connection.cursor() as cursor:
        found = query(cursor, _DUE.format(each=int(each)), {"destination": "bigint", "now": "timestamptz"}, rows)
    return [(DestinationId(row[0]), DeliveryId(hex_of(row[1]))) for row in sorted(found, key=itemgetter(2))]


def release(cursor: CursorWrapper, units: Sequence[Release]) -> list[list[bool]]:
    """Free what is held; must run inside a transaction."""
    freed = {hex_of(row[0]) for row in query(cursor, _RELEASE, _LEASE_COLUMNS, _leases(units))}
    return [[delivery in freed for delivery in unit.deliveries] for unit in units]


def rescue(cursor: CursorWrapper, units: Sequence[Rescue]) -> list[int]:
    """Free deliveries whose worker is gone, marked as possibly delivered; must run inside a transaction."""
    del cursor  # the ORM uses the same connection
    return [_rescue(unit) for unit in units]


def _rescue(unit: Rescue) -> int:
    lost = Delivery.objects.filter(state=_SENDING)
    if not unit.is_everyone_gone:
        lost = lost.filter(lease_until__lte=unit.now)
    return lost.update(state=_PENDING, lease_owner="", lease_until=None, due_at=unit.now, is_maybe_repeat=True)


def set_back(cursor: CursorWrapper, units: Sequence[SetBack]) -> list[int]:
    """Let everything wait as long as it still had to, by the clock that has been set back."""
    del cursor  # as above
    return [_set_back(unit) for unit in units]


def _set_back(unit: SetBack) -> int:
    by = unit.before - unit.now
    begun_at = F("begun_at") - by
    waiting, leased = Delivery.objects.filter(state=_PENDING), Delivery.objects.filter(state=_SENDING)
    leased.filter(lease_until__gt=unit.before).update(lease_until=F("lease_until") - by)
    # What was due already comes first: what was not will look like it after its own shift.
    overdue = waiting.filter(due_at__gt=unit.now, due_at__lte=unit.before).update(due_at=unit.now, begun_at=begun_at)
    return overdue + waiting.filter(due_at__gt=unit.before).update(due_at=F("due_at") - by, begun_at=begun_at)


def _leases(units: Sequence[Claim | Release]) -> list[tuple[Any, ...]]:
    """Return delivery, owner and end of each lease."""
    return [
        (delivery, unit.owner, until) for unit in units for until in [stamp(unit.until)] for delivery in unit.deliveries
    ]


def _job(row: Sequence[Any], event: Sequence[Any], destination: Sequence[Any]) -> Job:
    source, workspace, purpose = event
    sealed, is_off, is_unproven = destination
    is_gone = is_off or (is_unproven and purpose == "report")
    return Job(
        delivery=DeliveryId(hex_of(row[0])),
        owner=row[1],
        workspace=WorkspaceId(workspace),
        destination=DestinationId(row[3]),
        channel=row[4],
        attempts=row[5],
        begun_at=instant(row[6]),
        is_maybe_repeat=bool(row[7]),
        proves=bool(row[8]),
        sealed=None if is_gone else bytes(sealed),
        source=source,
    )


def _source(event: EventId, row: Sequence[Any]) -> Source:
    return Source(
        event_id=event,
        category=row[1],
        emoji=row[2] or "",
        color=_DEFAULT_COLOR if row[3] is None else row[3],
        description=row[4],
        fields_json=row[5],
        severity=Severity(row[6]),
        occurred_at=instant(row[7]),
        received_at=instant(row[8]),
        url=row[9],
    )
