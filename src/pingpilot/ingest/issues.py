"""What is wrong with a body, all of it: run only on bodies that are refused."""

from collections.abc import Callable, Generator, Iterator
from typing import Any

import msgspec
from msgspec import Raw

from pingpilot.domain.category import NAME_MAX_CHARS, name_issues
from pingpilot.domain.errors import Issue
from pingpilot.domain.event import (
    DEDUPE_KEY_MAX_CHARS,
    DESCRIPTION_MAX_CHARS,
    FIELD_NAME_MAX_CHARS,
    FIELD_TEXT_MAX_CHARS,
    FIELDS_MAX,
    URL_MAX_CHARS,
    Severity,
)

_MEMBERS = ("category", "description", "fields", "severity", "timestamp", "dedupe_key", "url")
_TEXT_LIMITS = {"description": DESCRIPTION_MAX_CHARS, "dedupe_key": DEDUPE_KEY_MAX_CHARS, "url": URL_MAX_CHARS}
_KINDS = {b'"': "string", b"{": "object", b"[": "array", b"t": "boolean", b"f": "boolean", b"n": "null"}
_TIME_RULE = (
    "Invalid timestamp. Expected RFC 3339 with an offset, such as 2026-01-31T12:00:00Z, "
    "not over 5 minutes ahead and not over 30 days ago"
)
_URL_RULE = "Invalid url. Expected an address that begins with http:// or https://"

_Path = tuple[str | int, ...]


def find_issues(
    text: str, is_time: Callable[[str], bool], is_url: Callable[[str], bool], is_value: Callable[[bytes], bool]
) -> list[Issue]:
    """Return every issue of a JSON text, in the order of the contract; raises msgspec.DecodeError if not JSON."""
    top = msgspec.json.decode(text, type=Raw)
    if (kind := _kind(bytes(top).strip())) != "object":
        msgspec.json.decode(text, type=Any)  # complains where the rest is no JSON
        return [_type_issue((), "object", kind)]
    body = msgspec.json.decode(text, type=dict[str, Raw])
    issues = [*_category(body.get("category")), *_texts(body), *_fields(body.get("fields"), is_value)]
    issues += [*_severity(body.get("severity")), *_time(body.get("timestamp"), is_time), *_url(body.get("url"), is_url)]
    extra = [name for name in body if name not in _MEMBERS]
    if extra:
        names = ", ".join(f"'{name}'" for name in extra)
        issues.append(Issue("unrecognized_keys", (), f"Unrecognized key(s) in object: {names}", {"keys": extra}))
    return issues


def _category(raw: Raw | None) -> Iterator[Issue]:
    if raw is None:
        yield Issue("invalid_type", ("category",), "Required", {"expected": "string", "received": "undefined"})
        return
    name = yield from _string(raw, ("category",))
    if name is not None:
        yield from (Issue(issue.code, ("category",), issue.message) for issue in name_issues(name))


def _texts(body: dict[str, Raw]) -> Iterator[Issue]:
    for member, limit in _TEXT_LIMITS.items():
        if member in body:
            text = yield from _string(body[member], (member,))
            if text is not None and len(text) > limit:
                yield _too_long((member,), limit)


def _fields(raw: Raw | None, is_value: Callable[[bytes], bool]) -> Iterator[Issue]:
    if raw is None:
        return
    if (kind := _kind(bytes(raw))) != "object":
        yield _type_issue(("fields",), "object", kind)
        return
    fields = msgspec.json.decode(raw, type=dict[str, Raw])
    if len(fields) > FIELDS_MAX:
        rule = f"Object must contain at most {FIELDS_MAX} member(s)"
        yield Issue("too_big", ("fields",), rule, {"maximum": FIELDS_MAX})
    for name, value in fields.items():
        yield from _field(name, bytes(value), is_value)


def _field(name: str, value: bytes, is_value: Callable[[bytes], bool]) -> Iterator[Issue]:
    path: _Path = ("fields", name)
    if not name:
        yield Issue("too_small", path, "A field's name must contain at least 1 character(s)", {"minimum": 1})
    if len(name) > FIELD_NAME_MAX_CHARS:
        rule = f"A field's name must contain at most {FIELD_NAME_MAX_CHARS} character(s)"
        yield Issue("too_big", path, rule, {"maximum": FIELD_NAME_MAX_CHARS})
    if not is_value(value):
        is_text = _kind(value) == "string"
        yield _too_long(path, FIELD_TEXT_MAX_CHARS) if is_text else Issue("invalid_union", path, "Invalid input")


def _severity(raw: Raw | None) -> Iterator[Issue]:
    if raw is None:
        return
    text = yield from _string(raw, ("severity",))
    if text is not None and text not in list(Severity):
        options = " | ".join(f"'{severity}'" for severity in Severity)
        message = f"Invalid enum value. Expected {options}, received '{text[:NAME_MAX_CHARS]}'"
        yield Issue("invalid_enum_value", ("severity",), message, {"options": [str(one) for one in Severity]})


def _time(raw: Raw | None, is_time: Callable[[str], bool]) -> Iterator[Issue]:
    if raw is not None:
        text = yield from _string(raw, ("timestamp",))
        if text is not None and not is_time(text):
            yield Issue("invalid_date", ("timestamp",), _TIME_RULE)


def _url(raw: Raw | None, is_url: Callable[[str], bool]) -> Iterator[Issue]:
    if raw is not None and _kind(bytes(raw)) == "string" and not is_url(msgspec.json.decode(raw, type=str)):
        yield Issue("invalid_string", ("url",), _URL_RULE)


def _string(raw: Raw, path: _Path) -> Generator[Issue, None, str | None]:
    """Yield an issue and return None when this is no string; else return the string."""
    if (kind := _kind(bytes(raw))) != "string":
        yield _type_issue(path, "string", kind)
        return None
    return msgspec.json.decode(raw, type=str)


def _kind(raw: bytes) -> str:
    return _KINDS.get(raw[:1], "number")


def _type_issue(path: _Path, expected: str, received: str) -> Issue:
    message = f"Expected {expected}, received {received}"
    return Issue("invalid_type", path, message, {"expected": expected, "received": received})


def _too_long(path: _Path, limit: int) -> Issue:
    return Issue("too_big", path, f"String must contain at most {limit} character(s)", {"maximum": limit})
