"""The words of a text as search knows them: folded, without marks, the same whatever the database."""

import re
import unicodedata
from collections.abc import Iterable

WORD_MAX_CHARS = 60
"""Longer words are cut, in what is stored and in what is asked, so that they still meet."""
WORDS_MAX = 1_000
"""Of one event: its first ones."""
ASKED_MAX = 12

_WORD = re.compile(r"[^\W_]+")


def words_of(texts: Iterable[str]) -> list[str]:
    """Return the distinct words of some texts in their order, at most ``WORDS_MAX``: letters and digits alone."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(word[:WORD_MAX_CHARS] for word in _WORD.findall(_folded(text))))
    return list(found)[:WORDS_MAX]


def asked_words(text: str) -> list[str]:
    """Return the words of a question, at most ``ASKED_MAX``."""
    return words_of([text])[:ASKED_MAX]


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
