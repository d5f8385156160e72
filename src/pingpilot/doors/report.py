"""What a service reports, in our words, made to fit an event: texts cut, fields flat and bounded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from pingpilot.domain.category import NAME_MAX_CHARS
from pingpilot.domain.event import (
    DEDUPE_KEY_MAX_CHARS,
    DESCRIPTION_MAX_CHARS,
    FIELD_NAME_MAX_CHARS,
    FIELD_TEXT_MAX_CHARS,
    FIELDS_MAX,
    MAX_AGO,
    MAX_AHEAD,
    URL_MAX_CHARS,
    NewEvent,
    Severity,
)
from pingpilot.domain.fitting import MARK, printable
from pingpilot.domain.json_tree import leaves
from pingpilot.ingest.payload import LARGE, is_web_url

_NOT_A_NAME = re.compile(r"[^a-zA-Z0-9-]+")
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that a service reports. ``category`` is what the service files it under, "" for nothing of the kind.

    ``identity`` is what the service calls this report, the same at every retry; "" where it has no name for it.
    ``fields`` may be nested and hold anything.
    """

    title: str
    text: str = ""
    fields: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = Severity.INFO
    occurred_at: datetime | None = None
    url: str = ""
    category: str = ""
    dedupe_key: str = ""
    identity: str = ""

    def event(self, category: str, now: datetime) -> NewEvent:
        """Return the event of a category; ``now`` bounds its time."""
        lines = [printable(text).strip() for text in (self.title, self.text)]
        at = self.occurred_at
        return NewEvent(
            category=category,
            description=cut("\n".join(filter(None, lines)), DESCRIPTION_MAX_CHARS) or None,
            fields_json=_encode(flat(self.fields)).decode(),
            severity=self.severity,
            occurred_at=at if at is not None and now - MAX_AGO <= at <= now + MAX_AHEAD else None,
            dedupe_key=cut(printable(self.dedupe_key), DEDUPE_KEY_MAX_CHARS) or None,
            url=self.url if self.url and len(self.url) <= URL_MAX_CHARS and is_web_url(self.url) else None,
        )


def cut(text: str, limit: int) -> str:
    """Return a text in at most ``limit`` characters; a cut one ends with "…"."""
    return text if len(text) <= limit else text[: limit - len(MARK)] + MARK


def name_of(text: str) -> str:
    """Return the category name that a topic, channel or wish means: ``My alerts`` is ``my-alerts``."""
    return _NOT_A_NAME.sub("-", text).strip("-").lower()[:NAME_MAX_CHARS]


def flat(tree: Mapping[str, object]) -> dict[str, object]:
    """Return fields as an event takes them: flat, without blanks; those that are too many are counted."""
    fields: dict[str, object] = {}
    more = 0
    for path, value in leaves(tree):
        name = cut(printable(path).strip(), FIELD_NAME_MAX_CHARS)
        if not name or value is None or value in ("", []):
            continue
        if len(fields) >= FIELDS_MAX - 1 and name not in fields:
            more += 1
        else:
            fields[name] = _value(value)
    return fields | ({MARK: f"+{more} more"} if more else {})


def instant(value: object) -> datetime | None:
    """Return a time given as seconds since 1970 or as ISO 8601; None where it is neither."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            at = datetime.fromisoformat(value.strip())
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        if isinstance(value, str | int | float | Decimal) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _value(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) <= LARGE):
        return value
    if isinstance(value, float | Decimal) and abs(float(value)) < float("inf"):
        return value
    if isinstance(value, list):
        value = ", ".join(map(str, value)) if all(map(_is_plain, value)) else _encode(value).decode()
    return cut(printable(str(value)), FIELD_TEXT_MAX_CHARS)


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float | Decimal)
