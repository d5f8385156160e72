"""An event: its members, what the server would say against it, and how it is written."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, get_args

from pingpilot_client.errors import InvalidEvent, Issue

Severity = Literal["info", "success", "warning", "critical"]
FieldValue = str | int | float | bool | Decimal

CATEGORY_MAX, DESCRIPTION_MAX, FIELDS_MAX = 64, 4_000, 50
FIELD_NAME_MAX, FIELD_TEXT_MAX, TEXT_MAX = 100, 2_000, {"dedupe_key": 200, "url": 2_000}
BODY_MAX_BYTES = 65_536
"""Source of all limits: PingPilot's API reference."""
SEVERITIES: tuple[str, ...] = get_args(Severity)
_CATEGORY = re.compile(r"[a-zA-Z0-9-]+")
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Event:
    """One report. ``timestamp``: when it happened, with a time zone; without one the server takes the time of receipt.

    Numbers arrive as they are written; money is best given as ``Decimal("99.90")``, which stays ``99.90``.
    """

    category: str
    description: str | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    severity: Severity | None = None
    timestamp: datetime | None = None
    dedupe_key: str | None = None
    url: str | None = None

    def issues(self) -> list[Issue]:
        """Return all that the server would say against this event, as far as that can be told here."""
        return [*self._category(), *self._texts(), *self._fields(), *self._severity(), *self._time()]

    def check(self) -> None:
        """Raise InvalidEvent when there are issues."""
        if found := self.issues():
            raise InvalidEvent(found)

    def to_json(self) -> bytes:
        """Return the event as the server takes it; members that are not set are left out."""
        members: dict[str, object] = {
            "category": self.category,
            "description": self.description,
            "severity": self.severity,
            "timestamp": None if self.timestamp is None else _time_text(self.timestamp),
            "dedupe_key": self.dedupe_key,
            "url": self.url,
        }
        parts = [f'"{name}":{json.dumps(value)}' for name, value in members.items() if value is not None]
        if self.fields:
            pairs = ",".join(f"{json.dumps(name)}:{_value(value)}" for name, value in self.fields.items())
            parts.append(f'"fields":{{{pairs}}}')
        return f"{{{','.join(parts)}}}".encode()

    def _category(self) -> Iterator[Issue]:
        path = ("category",)
        if not isinstance(self.category, str):
            yield _type(path, "string", self.category)
        elif not self.category:
            yield Issue("too_small", path, "Category name is required.")
        elif not _CATEGORY.fullmatch(self.category):
            rule = "Category name can only contain letters, numbers or hypens."  # the server's own sentence
            yield Issue("invalid_string", path, rule)
        elif len(self.category) > CATEGORY_MAX:
            yield _too_long(path, CATEGORY_MAX)

    def _texts(self) -> Iterator[Issue]:
        limits = {"description": DESCRIPTION_MAX, **TEXT_MAX}
        for name, limit in limits.items():
            text = getattr(self, name)
            if text is not None and not isinstance(text, str):
                yield _type((name,), "string", text)
            elif text is not None and len(text) > limit:
                yield _too_long((name,), limit)
        if isinstance(self.url, str) and not self.url.lower().startswith(("http://", "https://")):
            rule = "Invalid url. Expected an address that begins with http:// or https://"
            yield Issue("invalid_string", ("url",), rule)

    def _fields(self) -> Iterator[Issue]:
        if not isinstance(self.fields, Mapping):
            yield _type(("fields",), "object", self.fields)
            return
        if len(self.fields) > FIELDS_MAX:
            yield Issue("too_big", ("fields",), f"Object must contain at most {FIELDS_MAX} member(s)")
        for name, value in self.fields.items():
            yield from _field(name, value)

    def _severity(self) -> Iterator[Issue]:
        if self.severity is not None and self.severity not in SEVERITIES:
            options = " | ".join(f"'{one}'" for one in SEVERITIES)
            rule = f"Invalid enum value. Expected {options}, received '{self.severity}'"
            yield Issue("invalid_enum_value", ("severity",), rule)

    def _time(self) -> Iterator[Issue]:
        given: object = self.timestamp
        if given is not None and not (isinstance(given, datetime) and given.tzinfo):
            yield Issue("invalid_date", ("timestamp",), "Expected a datetime with a time zone, as datetime.now(UTC)")


def cut(text: str, limit: int) -> str:
    """Return the text, its end cut off where it is too long, without what the server takes in no text."""
    clean = text.replace("\0", "").encode("utf-8", "replace").decode()
    return clean if len(clean) <= limit else clean[: limit - len(_CUT)] + _CUT


def _field(name: object, value: object) -> Iterator[Issue]:
    path = ("fields", str(name))
    if not isinstance(name, str):
        yield Issue("invalid_type", path, "A field's name must be a string")
    elif not 1 <= len(name) <= FIELD_NAME_MAX:
        yield Issue(
            "too_big" if name else "too_small", path, f"A field's name must have 1 to {FIELD_NAME_MAX} characters"
        )
    if isinstance(value, str):
        if len(value) > FIELD_TEXT_MAX:
            yield _too_long(path, FIELD_TEXT_MAX)
    elif not isinstance(value, (int, float, Decimal)) or not math.isfinite(value):
        kind = type(value).__name__ if not isinstance(value, (float, Decimal)) else str(value)
        yield Issue("invalid_union", path, f"Invalid input: a text, a finite number, True or False, and not {kind}")


def _value(value: FieldValue) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _time_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _type(path: tuple[str, ...], expected: str, value: object) -> Issue:
    return Issue("invalid_type", path, f"Expected {expected}, received {type(value).__name__}")


def _too_long(path: tuple[str, ...], limit: int) -> Issue:
    return Issue("too_big", path, f"String must contain at most {limit} character(s)")
