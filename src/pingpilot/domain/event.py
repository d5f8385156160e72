"""What a client reports: its members and their limits."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

BODY_MAX_BYTES = 65_536
DESCRIPTION_MAX_CHARS = 4_000
FIELDS_MAX = 50
FIELD_NAME_MAX_CHARS = 100
FIELD_TEXT_MAX_CHARS = 2_000
DEDUPE_KEY_MAX_CHARS = 200
URL_MAX_CHARS = 2_000
MAX_AHEAD = timedelta(minutes=5)
MAX_AGO = timedelta(days=30)
"""Source of all limits: SPEC section 4."""


class Severity(StrEnum):
    """How much an event matters."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    CRITICAL = "critical"


class EventStatus(StrEnum):
    """What the API says of an event: DELIVERED when every delivery is, FAILED when all are final and one is dead."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Purpose(StrEnum):
    """Why an event exists. Only reports of an application count against the quota."""

    REPORT = "report"
    TEST = "test"
    PROOF = "proof"
    """Its link is a secret: of who proves an address, or of who answers a question."""
    NOTICE = "notice"
    """What we have to say about a channel."""


class NewEvent(NamedTuple):
    """An event as received and found valid; a tuple, since each request makes one and it travels to the writer.

    ``category`` is lower-cased; ``description`` is None when absent or empty; ``fields_json`` is a JSON object as text,
    members in the order received and numbers as sent; ``occurred_at`` is None when the client gave no time.
    """

    category: str
    description: str | None
    fields_json: str
    severity: Severity
    occurred_at: datetime | None
    dedupe_key: str | None
    url: str | None


def default_description(category: str) -> str:
    """Return the sentence for an event without a description. Source: SPEC section 4."""
    return f"A new {category} event has occurred!"
