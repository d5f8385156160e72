"""Bytes to a NewEvent, or every issue and where it is.

The quick path decodes straight into a typed struct. What it refuses is looked at again, member by member, by
``issues`` so that all that is wrong is listed, not just the first. The two must agree on what is right; a property
test holds them to it.
"""

import re
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from pingpilot.domain.errors import InternalError, InvalidEvent, InvalidJson
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
from pingpilot.ingest.issues import find_issues

LARGE = 2**53
"""Integers beyond it are looked at one by one."""

_FieldName = Annotated[str, Meta(min_length=1, max_length=FIELD_NAME_MAX_CHARS)]


class _Body(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The shape of a right body, but for the values of fields and the sense of time and address."""

    category: Annotated[str, Meta(max_length=64, pattern=r"^[a-zA-Z0-9-]+\Z")]
    description: Annotated[str, Meta(max_length=DESCRIPTION_MAX_CHARS)] = ""
    fields: Annotated[dict[_FieldName, Raw], Meta(max_length=FIELDS_MAX)] | UnsetType = UNSET
    severity: Severity = Severity.INFO
    timestamp: str | UnsetType = UNSET
    dedupe_key: Annotated[str, Meta(max_length=DEDUPE_KEY_MAX_CHARS)] = ""
    url: Annotated[str, Meta(max_length=URL_MAX_CHARS)] | UnsetType = UNSET


_UsualValue = (
    Annotated[str, Meta(max_length=FIELD_TEXT_MAX_CHARS)] | bool | Annotated[int, Meta(ge=-LARGE, le=LARGE)] | float
)
"""What nearly all fields hold, and what is right; whether other values are, ``is_field_value`` knows."""

_decode = msgspec.json.Decoder(_Body).decode
_decode_usual = msgspec.json.Decoder(dict[str, _UsualValue]).decode
_decode_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_NUL, _REPLACEMENT = "\x00", "\ufffd"
_QUOTE, _BACKSLASH = b'"', b"\\"


def parse(body: bytes, now: datetime) -> NewEvent:
    """Return the event of a body; raise InvalidJson, or InvalidEvent with every issue. ``now`` bounds its time."""
    try:
        text = body.decode()
        event = _event(_decode(text), now)
    except msgspec.ValidationError:
        event = None
    except (UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        raise InvalidJson from error
    if event is None:
        raise _refusal(text, now)
    return event if "\\u0000" not in text else _without_nul(event)


def instant_of(text: str, now: datetime) -> datetime | None:
    """Return an RFC 3339 time with offset as UTC; None when it is not one, or too far off."""
    if not _RFC_3339.fullmatch(text):
        return None
    try:
        instant = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if now - MAX_AGO <= instant <= now + MAX_AHEAD else None


def is_web_url(text: str) -> bool:
    """Tell whether this is an http or https address with a host and nothing unprintable."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text
    except ValueError:
        return False


def is_field_value(raw: bytes) -> bool:
    """Tell whether valid JSON is a string in bounds, a finite number or a boolean."""
    first = raw[:1]
    if first == _QUOTE:
        if len(raw) <= FIELD_TEXT_MAX_CHARS + 2 and _BACKSLASH not in raw:
            return True
        return len(_decode_text(raw)) <= FIELD_TEXT_MAX_CHARS
    if first in b"tf":
        return True
    return first not in b"n[{" and ((len(raw) <= 15 and b"e" not in raw.lower()) or abs(float(raw)) != float("inf"))


def _event(body: _Body, now: datetime) -> NewEvent | None:
    """Return the event, or None when fields, time or address are wrong."""
    occurred_at = None if body.timestamp is UNSET else instant_of(body.timestamp, now)
    if occurred_at is None and body.timestamp is not UNSET:
        return None
    if body.url is not UNSET and not is_web_url(body.url):
        return None
    fields = _fields(body.fields) if body.fields else "{}"
    if fields is None:
        return None
    return NewEvent(  # by position: by name it takes twice as long
        body.category.lower(),
        body.description or None,
        fields,
        body.severity,
        occurred_at,
        body.dedupe_key or None,
        None if body.url is UNSET else body.url,
    )


def _fields(fields: dict[str, Raw]) -> str | None:
    """Return the fields as they were sent, but for blanks and repeated names; None when a value is wrong."""
    sent = _encode(fields)
    try:
        _decode_usual(sent)
    except msgspec.ValidationError:
        if not all(is_field_value(bytes(raw)) for raw in fields.values()):
            return None
    return sent.decode()


def _refusal(text: str, now: datetime) -> InvalidJson | InvalidEvent | InternalError:
    try:
        issues = find_issues(text, lambda value: instant_of(value, now) is not None, is_web_url, is_field_value)
    except (msgspec.DecodeError, RecursionError):
        return InvalidJson()
    return InvalidEvent(issues) if issues else InternalError()


def _without_nul(event: NewEvent) -> NewEvent:
    """Replace U+0000 by U+FFFD: PostgreSQL keeps no such character in text."""

    def clean(text: str | None) -> str | None:
        return None if text is None else text.replace(_NUL, _REPLACEMENT)

    fields: dict[str, Raw] = msgspec.json.decode(event.fields_json, type=dict[str, Raw])
    cleaned = {
        name.replace(_NUL, _REPLACEMENT): Raw(_encode(clean(_decode_text(raw)))) if bytes(raw)[:1] == _QUOTE else raw
        for name, raw in fields.items()
    }
    return event._replace(
        description=clean(event.description),
        fields_json=_encode(cleaned).decode(),
        dedupe_key=clean(event.dedupe_key),
    )
