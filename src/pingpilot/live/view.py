"""One live part of pages as a group of viewers sees it: drawn once for all of them."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from pingpilot.accounts.watching import Pass
from pingpilot.domain.errors import BadRequest
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.role import Role

_PATH = re.compile(r"/dashboard(/[\w/-]{1,200})?/live")
_ADDRESS_MAX_CHARS = 2_000
_SEEN = "seen"


@dataclass(frozen=True, slots=True)
class View:
    """A part at an address, and all that what it shows depends on: those who share it may see the same."""

    workspace: WorkspaceId
    role: Role
    is_operator: bool
    zone: str
    address: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A part as it was drawn, ready to be sent. ``mark`` tells drawings apart; ``is_final``: it will not change."""

    mark: str
    message: bytes
    is_final: bool = False


def view_of(given: Pass, address: str) -> tuple[View, str]:
    """Return the view of somebody with a leave on the part at an address, and the mark of what the page shows of it.

    Raises BadRequest for what is no address of a part.
    """
    parts = urlsplit(address)
    if len(address) > _ADDRESS_MAX_CHARS or parts.scheme or parts.netloc or not _PATH.fullmatch(parts.path):
        raise BadRequest
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    seen = next((value for name, value in pairs if name == _SEEN), "")
    asked = urlencode([pair for pair in pairs if pair[0] != _SEEN])
    view = View(given.workspace, given.role, given.is_operator, given.zone, f"{parts.path}?{asked}")
    return view, seen


def message(event: str, text: str = "") -> bytes:
    """Return an event of a stream. Source: the HTML standard, section 9.2: each line of a text is a line of data."""
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {event}\n{lines}\n".encode()
