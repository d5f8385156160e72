"""Names that people give to things: one line that shows what it is, and hides nothing."""

import re
import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Co", "Cn", "Cs"))
"""Categories of characters that show nothing, or turn around what follows: they make one name look like another."""
_JOINERS = "\u200c\u200d"
"""Without these there are no families among emoji, and no Persian. Source: Unicode Standard Annex 31, section 2.3."""
_LOST_JOINERS = re.compile(rf"(?<!\S)[{_JOINERS}]+|[{_JOINERS}]+(?!\S)|(?<=[{_JOINERS}])[{_JOINERS}]+")
_MARKS_MAX = 3
"""Marks above or below one letter, more than which no language needs: they cover the lines around."""


def tidied(name: str) -> str:
    """Return a name as it is kept: composed, without what hides or turns, with single spaces. May become empty."""
    shown = "".join(char for char in name if char.isspace() or _is_shown(char))
    line = " ".join(_LOST_JOINERS.sub("", " ".join(shown.split())).split())
    return _without_stacks(unicodedata.normalize("NFC", line))


def _is_shown(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _HIDDEN


def _without_stacks(line: str) -> str:
    kept, marks = [], 0
    for char in line:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_MAX:
            kept.append(char)
    return "".join(kept)
