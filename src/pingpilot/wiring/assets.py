"""Our own style sheets, scripts and pictures, answered from memory: small, compressed once, and kept by browsers."""

import gzip
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath

from django.contrib.staticfiles.finders import get_finders

from pingpilot.ingest.answers import Header
from pingpilot.ingest.call import give
from pingpilot.wiring.exchange import Scope, Send

PREFIX = "/static/"
FOR_EVER = b"public, max-age=31536000, immutable"
"""For an address that says which content it means. Source: RFC 8246."""
A_WHILE = b"public, max-age=3600"
_WORTH_PACKING = ("text/", "application/json", "application/manifest+json", "image/svg+xml")
_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""What we have ourselves; a machine's own table may lack some."""
_MARK_CHARS = 10


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its body as it is and packed (empty where that saves nothing), and what marks its content."""

    body: bytes
    packed: bytes
    kind: bytes
    mark: str


class Assets:
    """All files that the installed applications bring along. Read once, at the start."""

    def __init__(self) -> None:
        """Read them: some hundred kilobytes in all."""
        self._assets: Mapping[str, Asset] = {path: _asset(path, body) for path, body in _files()}

    def has(self, path: str) -> bool:
        """Tell whether this is the path of a file."""
        return path.startswith(PREFIX) and path.removeprefix(PREFIX) in self._assets

    async def __call__(self, scope: Scope, send: Send) -> None:
        """Answer one request for a file that is there."""
        asset = self._assets[scope["path"].removeprefix(PREFIX)]
        asked = dict(scope["headers"])
        status, headers, body = _answered(asset, scope, asked)
        await give(send, status, headers, b"" if scope["method"] == "HEAD" else body)


def _answered(asset: Asset, scope: Scope, asked: Mapping[bytes, bytes]) -> tuple[int, list[Header], bytes]:
    if scope["method"] not in {"GET", "HEAD"}:
        return 405, [(b"allow", b"GET, HEAD"), (b"content-length", b"0")], b""
    is_packed = bool(asset.packed) and b"gzip" in asked.get(b"accept-encoding", b"")
    tag = f'"{asset.mark}{"-gz" if is_packed else ""}"'.encode()
    is_marked = scope["query_string"] == f"v={asset.mark}".encode()
    headers = [(b"etag", tag), (b"vary", b"Accept-Encoding"), (b"cache-control", FOR_EVER if is_marked else A_WHILE)]
    if asked.get(b"if-none-match") == tag:
        return 304, headers, b""
    body = asset.packed if is_packed else asset.body
    headers += [(b"content-type", asset.kind), (b"content-length", b"%d" % len(body))]
    return 200, [*headers, (b"content-encoding", b"gzip")] if is_packed else headers, body


def _files() -> Iterator[tuple[str, bytes]]:
    """Give path and content; of two files under one path the first counts, as everywhere."""
    seen = set[str]()
    for finder in get_finders():
        for path, storage in finder.list([]):
            if path not in seen:
                seen.add(path)
                with storage.open(path) as file:
                    yield path, file.read()


def _asset(path: str, body: bytes) -> Asset:
    suffix = PurePath(path).suffix
    kind = _KINDS.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    is_text = kind.startswith(_WORTH_PACKING)
    packed = gzip.compress(body, mtime=0) if is_text else b""
    said = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return Asset(
        body, packed if len(packed) < len(body) else b"", said.encode(), sha256(body).hexdigest()[:_MARK_CHARS]
    )
