"""Ids as callers send them: opaque text that may be anything."""

import re

from pingpilot.domain.errors import NotFound

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def number_of(text: str) -> int:
    """Return the number behind an id; raise NotFound where it can be none of ours."""
    if not _NUMBER.fullmatch(text):
        raise NotFound
    return int(text)


def optional_number_of(text: str | None) -> int | None:
    """As ``number_of``; None stays None."""
    return None if text is None else number_of(text)
