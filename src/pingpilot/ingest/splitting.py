"""The body of a batch to its events: a JSON array, or one JSON object per line."""

import re
from collections.abc import Iterator
from itertools import islice

import msgspec
from msgspec import UNSET, Raw, UnsetType

from pingpilot.domain.errors import InvalidEvent, InvalidJson, Issue

EVENTS_MAX = 1_000
"""Source: SPEC section 5."""

_Array = msgspec.defstruct(
    "_Array", [(f"item_{number}", Raw | UnsetType, UNSET) for number in range(EVENTS_MAX + 1)], array_like=True
)
"""An array of which one element too many is seen, and all after it skipped: a list of whatever comes has no bound."""
_decode_array = msgspec.json.Decoder(_Array).decode
_decode_any = msgspec.json.Decoder(Raw).decode

_BLANK = re.compile(rb"[ \t\r\n]*")


def split(body: bytes) -> list[bytes] | None:
    """Return the JSON of each event, not looked into yet; None where the body is one event, or none at all.

    Raises InvalidJson where an array is none, and InvalidEvent where there are too many events, or not one.
    """
    start = _end_of_blank(body, 0)
    if body.startswith(b"[", start):
        return _bounded(_elements(body))
    if not body.startswith(b"{", start):
        return None
    lines = list(islice(_lines(body), EVENTS_MAX + 1))
    return None if len(lines) == 1 or _is_one_value(body) else _bounded(lines)


def _elements(body: bytes) -> list[bytes]:
    try:
        array = msgspec.structs.astuple(_decode_array(body))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidJson from error
    return [bytes(item) for item in array if item is not UNSET]


def _lines(body: bytes) -> Iterator[bytes]:
    """Yield the lines that are not blank, one at a time: there may be very many."""
    start = _end_of_blank(body, 0)
    while start < len(body):
        end = body.find(b"\n", start)
        yield body[start : end if end >= 0 else len(body)]
        start = _end_of_blank(body, end) if end >= 0 else len(body)


def _end_of_blank(body: bytes, start: int) -> int:
    blank = _BLANK.match(body, start)
    return blank.end() if blank else start


def _is_one_value(body: bytes) -> bool:
    try:
        _decode_any(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _bounded(items: list[bytes]) -> list[bytes]:
    if not items:
        raise _refusal("too_small", "A batch must contain at least 1 event(s)", {"minimum": 1})
    if len(items) > EVENTS_MAX:
        raise _refusal("too_big", f"A batch must contain at most {EVENTS_MAX} event(s)", {"maximum": EVENTS_MAX})
    return items


def _refusal(code: str, rule: str, bound: dict[str, object]) -> InvalidEvent:
    return InvalidEvent([Issue(code, (), rule, bound)])
