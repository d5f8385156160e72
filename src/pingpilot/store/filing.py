"""Making events findable: their words go into the index of the search, in batches, after their commit."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.event import Purpose
from pingpilot.domain.packing import packed
from pingpilot.domain.words import words_of
from pingpilot.store.search import number_of, own_word
from pingpilot.store.sql import hex_of, instant, is_sqlite, query

START = "0" * 32
"""Before the first event."""
LOOK_BACK = timedelta(seconds=5)
"""An event's commit may come this much later than its id was made."""
_CLOCK_DIGITS = 12
"""Leading hex digits of a UUIDv7 that count milliseconds. Source: RFC 9562 section 5.7."""

_WAITING = """
    SELECT e.id, e.workspace_id, e.description, e.fields, e.occurred_at FROM store_event e
    LEFT JOIN store_search s ON s.event_id = e.id
    WHERE e.id > %s AND s.event_id IS NULL AND e.purpose <> %s ORDER BY e.id LIMIT %s
"""
_TAKEN = "SELECT s.number FROM v JOIN store_search s ON s.number = v.number"
_FILE = """
    INSERT INTO store_search (number, event_id, words)
    SELECT v.number, v.id, {words} FROM v JOIN store_event e ON e.id = v.id AND e.id BETWEEN :first AND :last
    WHERE true {lock} ON CONFLICT DO NOTHING
"""
_COLUMNS = {"id": "uuid", "number": "bigint", "words": "text"}


@dataclass(frozen=True, slots=True)
class Page:
    """An event's words, to be filed under a number that is free."""

    event: str
    number: int
    words: str


@packed
@dataclass(frozen=True, slots=True)
class File:
    """Make some events findable. Answered with how many they are."""

    pages: Sequence[Page]
    count: int


def waiting(after: str, limit: int) -> list[Page]:
    """Return the next events, by id, that are not findable yet. Proofs of addresses never are."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [after, Purpose.PROOF.value, limit])
        return [_page(row) for row in cursor.fetchall()]


def last_filed() -> str:
    """Return the id of the last event that is findable; ``START`` when none is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id FROM store_search ORDER BY event_id DESC LIMIT 1")
        row = cursor.fetchone()
    return hex_of(row[0]) if row else START


def look_back(event: str) -> str:
    """Return an id from ``LOOK_BACK`` before this one."""
    milliseconds = int(event[:_CLOCK_DIGITS], 16) - LOOK_BACK // timedelta(milliseconds=1)
    return f"{max(0, milliseconds):0{_CLOCK_DIGITS}x}".ljust(len(START), "0")


def file(cursor: CursorWrapper, units: Sequence[File]) -> list[int]:
    """File the words; what was deleted meanwhile, or filed by another worker, is left out. Inside a transaction."""
    words = "v.words" if is_sqlite() else "array_to_tsvector(string_to_array(v.words, ' '))"
    # who erases one of them at this moment waits, or has erased it
    statement = _FILE.format(words=words, lock="" if is_sqlite() else "FOR KEY SHARE OF e")
    for unit in units:
        numbers = _free_numbers(cursor, [page.number for page in unit.pages])
        rows = [(page.event, number, page.words) for number, page in zip(numbers, unit.pages, strict=True)]
        query(cursor, statement, _COLUMNS, rows)
    return [unit.count for unit in units]


def _free_numbers(cursor: CursorWrapper, wanted: Sequence[int]) -> list[int]:
    """Step aside, one by one, where another event has the number already."""
    taken = {row[0] for row in query(cursor, _TAKEN, {"number": "bigint"}, [(number,) for number in wanted])}
    free = []
    for number in wanted:
        while number in taken:
            number += 1  # noqa: PLW2901 - the number itself moves on
        taken.add(number)
        free.append(number)
    return free


def _page(row: Sequence[Any]) -> Page:
    event = hex_of(row[0])
    words = words_of([row[2] or "", *_texts(row[3])])
    return Page(event, number_of(instant(row[4]), event), " ".join([own_word(row[1]), *words]))


def _texts(fields_json: str) -> list[str]:
    """Return names and values; numbers as sent."""
    fields: dict[str, object] = json.loads(fields_json, parse_float=str, parse_int=str)
    return [text for name, value in fields.items() for text in (name, str(value))]
