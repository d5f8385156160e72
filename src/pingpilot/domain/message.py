"""An event rendered for people, channel-neutral, and the means to fit it into a provider's limits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from pingpilot.domain.category import color_text, title_of
from pingpilot.domain.event import Severity, default_description
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.packing import packed
from pingpilot.domain.question import Choice, choices_in

LATE_AFTER = timedelta(minutes=2)
"""Source: SPEC section 7.1."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: values are text, numbers as sent."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel renders. ``at`` is the time of this attempt, ``occurred_at`` of the event; ``link`` its page.

    ``fields_json`` are the fields as received, for channels that speak JSON. ``choices`` are the answers to a question,
    for channels that have buttons; the description lists them, too.
    """

    delivery_id: DeliveryId
    event_id: EventId
    category: str
    title: str
    description: str
    color: int
    fields: tuple[Field, ...]
    severity: Severity
    occurred_at: datetime
    at: datetime
    url: str
    link: str
    is_late: bool
    is_maybe_repeat: bool = False
    fields_json: str = "{}"
    choices: tuple[Choice, ...] = ()

    @property
    def color_hex(self) -> str:
        """The colour as ``#RRGGBB``."""
        return color_text(self.color)

    @property
    def occurred_text(self) -> str:
        """When it happened, as ``instant_text`` has it."""
        return instant_text(self.occurred_at)

    @property
    def lateness(self) -> str:
        """A sentence that says how late this is; empty when it is not."""
        return f"Delivered late: this happened {_ago(self.at - self.occurred_at)} ago." if self.is_late else ""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must be said besides the event: that it is late, or may be a repeat."""
        repeat = "This may be a repeat: an earlier attempt got no answer." if self.is_maybe_repeat else ""
        return tuple(remark for remark in (self.lateness, repeat) if remark)


@packed
@dataclass(frozen=True, slots=True)
class Source:
    """What the store keeps of an event that a message is made of."""

    event_id: EventId
    category: str
    emoji: str
    color: int
    description: str | None
    fields_json: str
    severity: Severity
    occurred_at: datetime
    received_at: datetime
    url: str | None


def compose(source: Source, delivery_id: DeliveryId, at: datetime, link: str, *, is_maybe_repeat: bool) -> Message:
    """Render an event for one attempt of one delivery; late means over 2 minutes after its receipt."""
    choices = choices_in(source.fields_json, source.url or "")
    fields_json = "{}" if choices else source.fields_json
    return Message(
        delivery_id=delivery_id,
        event_id=source.event_id,
        category=source.category,
        title=title_of(source.category, source.emoji),
        description=source.description or default_description(source.category),
        color=source.color,
        fields=fields_of(fields_json),
        severity=source.severity,
        occurred_at=source.occurred_at,
        at=at,
        url=source.url or "",
        link=link,
        is_late=at - source.received_at > LATE_AFTER,
        is_maybe_repeat=is_maybe_repeat,
        fields_json=fields_json,
        choices=choices,
    )


@lru_cache(maxsize=64)  # the deliveries of one event ask one after the other
def fields_of(fields_json: str) -> tuple[Field, ...]:
    """Return the fields in their order: text as it is, numbers as sent (``99.90`` stays so), booleans in words."""
    values: Mapping[str, object] = json.loads(fields_json, parse_float=str, parse_int=str)
    return tuple(Field(name, _text(value)) for name, value in values.items())


def instant_text(at: datetime) -> str:
    """Return an instant in UTC, ISO 8601, milliseconds, ``Z``. Source: SPEC section 5."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utf16_len(text: str) -> int:
    """Return the length in UTF-16 code units, as Telegram and Discord count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
