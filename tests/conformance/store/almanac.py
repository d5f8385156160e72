"""Events with ids of other months, and the parts that PostgreSQL keeps them in."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from msgspec.structs import replace

from pingpilot.domain.ids import DeliveryId, EventId, TimeOrderedIds, made_at
from pingpilot.store import events
from pingpilot.store.months import KEYS, Part, parts
from pingpilot.store.sql import ask
from tests.conformance.store.house import House

NOW = datetime.now(UTC)


def month(number: int, day: int = 10) -> datetime:
    """Return noon of a day, so many months after the first part's end; below 0 before it."""
    (first,) = parts()[:1]
    end = made_at(first.end)
    whole = end.year * 12 + end.month - 1 + number
    return datetime(whole // 12, whole % 12 + 1, day, 12, tzinfo=UTC)


def put_at(house: House, at: datetime, count: int = 1, **members: Any) -> list[str]:
    """Store events that were received at an instant, with ids of that time; return those."""
    ids = TimeOrderedIds(lambda: int(at.timestamp() * 1_000), os.urandom)
    units = []
    for unit in [house.unit(at=at, **members) for _ in range(count)]:
        event, *deliveries = ids.several(1 + len(unit.routes))
        units.append(replace(unit, event_id=EventId(event), delivery_ids=[DeliveryId(one) for one in deliveries]))
    with transaction.atomic(), connection.cursor() as cursor:
        events.accept(cursor, units)
    return [unit.event_id for unit in units]


def end_all(table: str = "store_delivery") -> None:
    """Let every delivery be delivered."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET state = 'DELIVERED', final_at = due_at, lease_until = NULL")
        cursor.execute("UPDATE store_event SET status = 'DELIVERED'")


def where(event: str) -> list[str]:
    """Return the partitions that hold an event, its deliveries and its attempts."""
    rows = ask(
        "SELECT tableoid::regclass::text FROM store_event WHERE id = %s UNION "
        "SELECT tableoid::regclass::text FROM store_delivery WHERE event_id = %s UNION "
        "SELECT a.tableoid::regclass::text FROM store_attempt a JOIN store_delivery d ON d.id = a.delivery_id "
        "WHERE d.event_id = %s ORDER BY 1",
        [event, event, event],
    )
    return [row[0] for row in rows]


def tables() -> Sequence[str]:
    """Return the partitions, and what was one."""
    rows = ask(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ %s ORDER BY 1", [f"^({'|'.join(KEYS)})_"]
    )
    return [row[0] for row in rows]


def after(part: Part, days: int) -> datetime:
    """Return an instant so many days after a part's end."""
    return part.until + timedelta(days=days, hours=2)
