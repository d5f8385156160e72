"""The head of a request: what its lines say, and what they must not."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import httptools

from pingpilot.domain.errors import BadRequest

Header = tuple[bytes, bytes]

_WATCHED = frozenset((b"host", b"expect", b"transfer-encoding"))
_VERSIONS = ("1.1", "1.0")


def scope_of(method: bytes, target: bytes, version: str, headers: list[Header]) -> dict[str, Any]:
    """Return what ASGI wants to know of a request; raises BadRequest. Names of headers are in lower case."""
    path, raw_path, query = _parts_of(target)
    return {
        "type": "http",
        "http_version": version,
        "method": method.decode("ascii"),
        "path": path,
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers,
    }


def awaits_go(version: str, headers: Sequence[Header]) -> bool:
    """Tell whether the client sends its body once it is told to; raises BadRequest for what a server must refuse.

    Source: RFC 9112 sections 3.2 (one Host) and 6.1 (a body is chunked or it is not; HTTP/1.0 knows no chunks), RFC
    9110 section 10.1.1 (100-continue).
    """
    if version not in _VERSIONS:
        raise BadRequest
    hosts, expects = 0, False
    for name, value in headers:
        if name not in _WATCHED:
            continue
        if name == b"host":
            hosts += 1
        elif name == b"expect":
            expects = version == "1.1" and value.lower() == b"100-continue"
        elif value.lower() != b"chunked" or version != "1.1":
            raise BadRequest
    if hosts > 1 or (not hosts and version == "1.1"):
        raise BadRequest
    return expects


def bytes_of(target: bytes, headers: Sequence[Header]) -> int:
    """Return how long a head is, but for what is the same in each."""
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)


def without_offer(method: bytes, target: bytes, version: str, headers: Sequence[Header]) -> bytes:
    """Return a head again without its offer of another protocol."""
    lines = [b" ".join((method, target, b"HTTP/" + version.encode()))]
    for name, value in headers:
        if name == b"connection":
            tokens = [token for token in value.lower().split(b",") if token.strip() in (b"close", b"keep-alive")]
            lines.append(b"connection: " + b",".join(tokens))
        elif name != b"upgrade":
            lines.append(name + b": " + value)
    return b"\r\n".join([*lines, b"", b""])


@lru_cache(maxsize=64)
def _parts_of(target: bytes) -> tuple[str, bytes, bytes]:
    """Return path, raw path and query. Source: RFC 9112 section 3.2; the host in a target is left to proxies."""
    try:
        parts = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError as error:
        raise BadRequest from error
    if parts.schema not in (None, b"http", b"https"):
        raise BadRequest
    raw_path = parts.path or b"/"
    path = raw_path.decode("ascii")
    return unquote(path) if "%" in path else path, raw_path, parts.query or b""
