"""Leasing many deliveries of an address at once, the longest waiting first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.packing import packed
from pingpilot.store.deliveries import CLAIMED, Job, load
from pingpilot.store.models import Delivery
from pingpilot.store.sql import is_sqlite, query, stamp


@packed
@dataclass(frozen=True, slots=True)
class ClaimDue:
    """Lease what is due for each destination, at most ``each``, the longest waiting first. Answered with the jobs.

    What others are about to lease is passed over.
    """

    destinations: Sequence[DestinationId]
    each: int
    owner: str
    now: datetime
    until: datetime


@packed
@dataclass(frozen=True, slots=True)
class ReleaseAll:
    """Give back all that an owner leased until one instant. Answered with how many that are."""

    owner: str
    until: datetime


_NEXT = """
    SELECT w.id FROM store_delivery w
    WHERE w.destination_id = v.destination AND w.state = 'PENDING' AND w.due_at <= v.now
    ORDER BY w.due_at LIMIT {each}
"""
_CLAIM_DUE = f"""
    UPDATE store_delivery SET state = 'SENDING', lease_owner = v.owner, lease_until = v.until FROM v
    WHERE store_delivery.id IN ({_NEXT}) AND store_delivery.state = 'PENDING'
    RETURNING {CLAIMED}
"""
_CLAIM_DUE_BESIDE_OTHERS = f"""
    , due AS (SELECT w.id, v.owner, v.until FROM v CROSS JOIN LATERAL ({_NEXT} FOR UPDATE SKIP LOCKED) w)
    UPDATE store_delivery SET state = 'SENDING', lease_owner = due.owner, lease_until = due.until FROM due
    WHERE store_delivery.id = due.id AND store_delivery.state = 'PENDING'
    RETURNING {CLAIMED}
"""
_CLAIM_DUE_COLUMNS = {"destination": "bigint", "owner": "text", "now": "timestamptz", "until": "timestamptz"}


def claim_due(cursor: CursorWrapper, units: Sequence[ClaimDue]) -> list[list[Job]]:
    """Lease what is due, and load it; must run inside a transaction."""
    return [_claim_due(cursor, unit) for unit in units]


def release_all(cursor: CursorWrapper, units: Sequence[ReleaseAll]) -> list[int]:
    """Free all that was leased so; must run inside a transaction."""
    del cursor  # the ORM uses the same connection
    leased = Delivery.objects.filter(state=DeliveryState.SENDING)
    return [
        leased.filter(lease_owner=unit.owner, lease_until=unit.until).update(
            state=DeliveryState.PENDING, lease_owner="", lease_until=None
        )
        for unit in units
    ]


def _claim_due(cursor: CursorWrapper, unit: ClaimDue) -> list[Job]:
    statement = _CLAIM_DUE if is_sqlite() else _CLAIM_DUE_BESIDE_OTHERS
    now, until = stamp(unit.now), stamp(unit.until)
    rows = [(destination, unit.owner, now, until) for destination in unit.destinations]
    return load(cursor, query(cursor, statement.format(each=int(unit.each)), _CLAIM_DUE_COLUMNS, rows))
