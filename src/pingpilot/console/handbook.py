"""The handbook: pages made of docs/ beforehand, which name this instance where they show an address."""

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SITE = Path(__file__).parent / "site"
"""Where `make site` puts them; the folder is in no repository."""
EXAMPLE = b"https://pings.example.com"
"""The address in the samples of docs/."""
_INDEX = "index.html"
_NAMES_US = ("text/html", "text/javascript")
"""Kinds of files in which the address is ours: pages, and the index of their words."""
_KINDS = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
"""What we have ourselves; a machine's own table may lack some."""


@dataclass(frozen=True)
class Page:
    """A file of the handbook, as a browser gets it."""

    body: bytes
    kind: str


@dataclass(frozen=True)
class Handbook:
    """The handbook in a folder."""

    site: Path = SITE

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        """The files by their paths: nothing else is ever read, whatever is asked for."""
        return {path.relative_to(self.site).as_posix(): path for path in self.site.rglob("*") if path.is_file()}

    @property
    def is_made(self) -> bool:
        """Tell whether there is a handbook here."""
        return _INDEX in self._files

    def find(self, path: str, public_url: str) -> Page | None:
        """Return what stands at a path below the handbook's, with the instance's own address in its samples."""
        found = self._files.get(f"{path}{_INDEX}" if path.endswith("/") or not path else path)
        if found is None:
            return None
        kind = _KINDS.get(found.suffix) or mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        body = found.read_bytes()
        return Page(body.replace(EXAMPLE, public_url.encode()) if kind in _NAMES_US else body, kind)

    def is_folder(self, path: str) -> bool:
        """Tell whether a path lacks the slash that its page has."""
        return f"{path}/{_INDEX}" in self._files
