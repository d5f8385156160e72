"""Fit what people wrote into a provider's limits: cut at a character, never inside an escape or a surrogate pair."""

import re
from collections.abc import Callable, Iterable, Sequence

from pingpilot.domain.message import utf16_len

MARK = "…"
"""Ends a text that was cut."""
EMPTY = "—"
"""Stands where a provider refuses an empty text."""

_NEWLINE = re.compile("\r\n?|[\u2028\u2029\x85]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u206f\u2800\u3164\ufe0f\ufeff\uffa0]*"
)
"""Spaces, and characters that are drawn as nothing."""
_JOINER = "\u200d"


def printable(text: str) -> str:
    """Return text that every provider takes: newline ends lines, other controls are spaces, no lone surrogate."""
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", _NEWLINE.sub("\n", text)))


def one_line(text: str) -> str:
    """As ``printable``, on a single line."""
    return printable(text).replace("\n", " ").replace("\t", " ")


def visible(text: str) -> str:
    """Return the text, or "—" where nothing of it can be seen."""
    return EMPTY if _BLANK.fullmatch(text) else text


def label_of(text: str) -> str:
    """Return text as a button shows it: one line, and something to see."""
    return visible(one_line(text)).strip()


def fit(text: str, limit: int, escape: Callable[[str], str] = str, size: Callable[[str], int] = utf16_len) -> str:
    """Return the escaped text in at most ``limit`` UTF-16 units: whole, or cut before escaping and ended with "…".

    ``size`` counts in other units. Neither makes a longer text shorter than a shorter one.
    """
    if len(text) <= limit and size(whole := escape(text)) <= limit:
        return whole
    low, high, room = 0, min(len(text), max(0, limit)), limit - size(MARK)
    while low < high:
        middle = (low + high + 1) // 2
        if size(escape(text[:middle])) <= room:
            low = middle
        else:
            high = middle - 1
    return escape(text[:low].rstrip(_JOINER)) + MARK


def how_many_fit(sizes: Sequence[int], room: int, reserve: int) -> int:
    """Return how many items from the front fit ``room``: all, or as many as leave ``reserve`` for a last line."""
    if sum(sizes) <= room:
        return len(sizes)
    left = room - reserve
    for count, size in enumerate(sizes):
        left -= size
        if left < 0:
            return count
    return len(sizes)


def first_of(texts: Iterable[str], room: int, size: Callable[[str], int] = utf16_len) -> list[str]:
    """Return texts from the front: all, or as many as are just too much for ``room``, the others never made."""
    taken: list[str] = []
    for text in texts:
        taken.append(text)
        room -= size(text)
        if room < 0:
            break
    return taken
