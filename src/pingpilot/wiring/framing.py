"""How an answer is written down: its head, and how the end of its body is known."""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Any

from pingpilot.ingest.answers import JSON, Answer, Header

Scope = Mapping[str, Any]

_OURS = {b"connection", b"transfer-encoding"}
_BODILESS = {204, 304}
"""Source: RFC 9110 section 6.4.1."""


class Framing(Enum):
    """How the end of a body is known."""

    NONE = auto()
    LENGTH = auto()
    CHUNKS = auto()
    CLOSE = auto()


Head = tuple[bytes, Framing, int, bool]
"""Bytes, framing, the body's length (-1: unknown), and whether the connection may be kept."""

_LAST_LINES = {
    (framing, is_kept): b"%b%b\r\n"
    % (
        b"transfer-encoding: chunked\r\n" if framing is Framing.CHUNKS else b"",
        b"" if is_kept else b"connection: close\r\n",
    )
    for framing in Framing
    for is_kept in (True, False)
}


_JSON_LINES = b"".join(b"%b: %b\r\n" % header for header in JSON)


def head_of(opening: bytes, scope: Scope, status: int, headers: Iterable[Header]) -> Head:
    """Return the head of an answer to the request of a scope, but for its last lines; ``opening`` is how it begins.

    What the headers say of the connection's ways is heeded, but not repeated. Raises RuntimeError if a value among them
    would make a line of its own.
    """
    parts, length, is_kept = [opening], -1, True
    for name, value in headers:
        lower = name.lower()
        if lower in _OURS:
            is_kept = is_kept and b"close" not in value.lower()
            continue
        if lower == b"content-length":
            length = int(value)
        parts += (lower, b": ", value, b"\r\n")
    framing = _framing(status, length, scope)
    head = b"".join(parts)
    lines = opening.count(b"\n") + len(parts) // 4
    if not head.count(b"\n") == head.count(b"\r") == lines or b"\0" in head:
        raise RuntimeError("a header of the answer holds the end of a line")
    return head, framing, length, is_kept and framing is not Framing.CLOSE


def last_lines(framing: Framing, *, is_kept: bool) -> bytes:
    """Return how a head ends."""
    return _LAST_LINES[framing, is_kept]


def chunk(piece: bytes, *, is_last: bool) -> bytes:
    """Return a piece of a body as a chunk, and with the last one the end. Source: RFC 9112 section 7.1."""
    return b"%b%b" % (b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b"", b"0\r\n\r\n" if is_last else b"")


def accepting(opening: bytes, headers: Iterable[Header], body: bytes, *, is_kept: bool) -> bytes:
    """Return the whole answer to an event that is committed; ``headers`` are ours, and beside those of any JSON."""
    more = b"".join([b"%b: %b\r\n" % header for header in headers])
    last = b"\r\n" if is_kept else b"connection: close\r\n\r\n"
    return b"%b%b%bcontent-length: %d\r\n%b%b" % (opening, _JSON_LINES, more, len(body), last, body)


def said(answer: Answer, opening: bytes) -> bytes:
    """Return a whole answer that ends its connection."""
    headers = b"".join(b"%b: %b\r\n" % header for header in answer.headers)
    return b"%b%b%b%b" % (opening, headers, _LAST_LINES[Framing.LENGTH, False], answer.body)


def _framing(status: int, length: int, scope: Scope) -> Framing:
    if scope["method"] == "HEAD" or status in _BODILESS:
        return Framing.NONE
    if length >= 0:
        return Framing.LENGTH
    return Framing.CLOSE if scope["http_version"] == "1.0" else Framing.CHUNKS
