"""The columns that an accepted event and its deliveries fill, and what the others begin with."""

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
EVENT_AT_FIRST = (("is_refunded", "false"),)
DELIVERY = {
    "id": "uuid",
    "event_id": "uuid",
    "destination_id": "bigint",
    "channel": "text",
    "due_at": "timestamptz",
    "begun_at": "timestamptz",
    "proves": "boolean",
    "state": "text",
    "lease_owner": "text",
    "lease_until": "timestamptz",
}
DELIVERY_AT_FIRST = (
    ("attempts", "0"),
    ("is_maybe_repeat", "false"),
    ("provider_id", "''"),
    ("last_detail", "''"),
)
