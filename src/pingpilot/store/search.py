"""Full-text search over descriptions and fields: SQLite FTS5 and PostgreSQL tsvector behind one interface.

Words are made by us, not by the database, so both find the same. Each event gets a number that ascends with the time it
happened, so that the newest come first without sorting. A workspace's own word stands among those of each of its
events: the index itself keeps workspaces apart. Whole words are asked for: their lists are read from the newest on and
no further than the page goes, where the beginnings of words would have to be gathered first, all of them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.words import asked_words
from pingpilot.store.filters import Filter, conditions_of, unled
from pingpilot.store.listing import Listed
from pingpilot.store.patience import Patience
from pingpilot.store.sql import ask, hex_of, is_sqlite

NUMBER_MAX = (1 << 63) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIE_BITS = 20
_CURSOR_PREFIX = "s"
_Found = tuple[int, str]
"""Number and id of an event."""

_SQLITE = """
    SELECT s.number, s.event_id FROM store_search_words f JOIN store_search s ON s.number = f.rowid
    WHERE f.store_search_words MATCH %s AND f.rowid < %s ORDER BY f.rowid DESC LIMIT %s
"""
_POSTGRESQL = """
    SELECT s.number, s.event_id FROM store_search s
    WHERE s.words @@ %s::tsquery AND s.number < %s ORDER BY s.number DESC LIMIT %s
"""


def page(
    workspace: WorkspaceId, text: str, wanted: Filter, after: str | None, limit: int, patience: Patience
) -> Listed:
    """Return one page of the events that hold each word of the text, newest first.

    Any text is harmless; one without a letter or digit finds nothing. Raises ValueError for a cursor that is none.
    """
    before, words = _number_in(after), asked_words(text)
    if not words:
        return Listed([], None)
    if wanted == Filter():
        found = _holding(workspace, words, before, limit + 1)
        return _listed(found, limit, None)
    kept: list[_Found] = []
    for portion in patience.portions():
        found = _holding(workspace, words, before, portion)
        passing = _passing(workspace, [event for _, event in found], wanted)
        kept += [one for one in found if one[1] in passing]
        if len(kept) > limit or len(found) < portion:
            return _listed(kept, limit, None)
        before = found[-1][0]
    return _listed(kept, limit, before)


def number_of(occurred_at: datetime, event: str) -> int:
    """Return the number that files an event by when it happened; equal ones are told apart by the random end of its id.

    It fits into 63 bits until the year 2248.
    """
    milliseconds = (occurred_at - _EPOCH) // timedelta(milliseconds=1)
    return max(0, milliseconds) << _TIE_BITS | int(event, 16) & ((1 << _TIE_BITS) - 1)


def own_word(workspace: int) -> str:
    """Return the word that stands for a workspace; no word of a text begins like it."""
    return f"#{workspace}"


def _listed(found: Sequence[_Found], limit: int, next_before: int | None) -> Listed:
    shown = found[:limit]
    last = shown[-1][0] if len(found) > limit else next_before
    return Listed([event for _, event in shown], None if last is None else f"{_CURSOR_PREFIX}{last}")


def _number_in(cursor: str | None) -> int:
    if cursor is None:
        return NUMBER_MAX
    if not cursor.startswith(_CURSOR_PREFIX):
        raise ValueError("not a cursor of a search")
    return min(int(cursor.removeprefix(_CURSOR_PREFIX)), NUMBER_MAX)


def _holding(workspace: WorkspaceId, words: Sequence[str], before: int, limit: int) -> list[_Found]:
    """Ask the index. Words hold letters and digits alone, so none can be read as a part of its language."""
    if is_sqlite():
        sql, match = _SQLITE, " ".join([f'"{own_word(workspace)}"', *(f'"{word}"' for word in words)])
    else:
        sql, match = _POSTGRESQL, " & ".join([f"'{own_word(workspace)}'", *(f"'{word}'" for word in words)])
    return [(row[0], hex_of(row[1])) for row in ask(sql, [match, before, limit])]


def _passing(workspace: WorkspaceId, events: Sequence[str], wanted: Filter) -> set[str]:
    """Return those of some events that the filter lets through."""
    if not events:
        return set()
    condition = unled(conditions_of(workspace, wanted))
    marks = ",".join(["%s"] * len(events))
    rows = ask(
        f"SELECT e.id FROM store_event e WHERE e.id IN ({marks}) AND {condition.sql}", [*events, *condition.params]
    )
    return {hex_of(row[0]) for row in rows}
