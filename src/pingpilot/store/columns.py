"""What is told of an accepted event and of its deliveries, and what the other columns are made of.

What many rows have in common stands in the statement: a value costs the writer, and the server, wherever it is given.
"""

from functools import lru_cache

from pingpilot.domain.delivery import DeliveryState

EVENT = {
    "id": "uuid",
    "workspace_id": "bigint",
    "category_id": "bigint",
    "category_name": "text",
    "purpose": "text",
    "description": "text",
    "fields": "text",
    "severity": "text",
    "url": "text",
    "dedupe_key": "text",
    "occurred_at": "timestamptz",
    "received_at": "timestamptz",
    "status": "text",
}
"""``occurred_at`` is None where it is the same as ``received_at``."""
EVENT_MADE = (("occurred_at", "coalesce(occurred_at, received_at)"), ("is_refunded", "false"))
DELIVERY = {
    "id": "uuid",
    "event_id": "uuid",
    "destination_id": "bigint",
    "channel": "text",
    "due_at": "timestamptz",
}
LEASED_DELIVERY = {**DELIVERY, "lease_owner": "text", "lease_until": "timestamptz"}


@lru_cache
def delivery_made(state: str, *, proves: bool) -> tuple[tuple[str, str], ...]:
    """Return what the other columns of a delivery begin with, by the state it begins in."""
    return (
        ("state", f"'{state}'"),
        ("proves", "true" if proves else "false"),
        ("begun_at", "due_at"),
        ("attempts", "0"),
        ("is_maybe_repeat", "false"),
        ("provider_id", "''"),
        ("last_detail", "''"),
        *(() if state == DeliveryState.SENDING else (("lease_owner", "''"),)),
    )
