"""Events that repeat one within their category's cooldown: stored and counted, not delivered again."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import EventId, id_at
from pingpilot.store.sql import Row, hex_of, instant, query, stamp

if TYPE_CHECKING:
    from pingpilot.store.events import Accept

_COOLDOWNS = "SELECT c.id, c.cooldown_s FROM v JOIN store_category c ON c.id = v.id WHERE c.cooldown_s > 0"
_FIRSTS = f"""
    SELECT v.category_id, v.dedupe_key, e.id, e.received_at FROM v JOIN store_event e ON e.id >= :first AND e.id = (
        SELECT f.id FROM store_event f
        WHERE f.workspace_id = v.workspace_id AND f.dedupe_key = v.dedupe_key AND f.category_id = v.category_id
        AND f.received_at > v.since AND f.id >= :first AND f.repeat_of IS NULL AND f.held_at IS NULL
        AND f.status <> '{EventStatus.FAILED.value}'
        AND EXISTS (SELECT 1 FROM store_delivery d WHERE d.event_id = f.id AND d.id >= :first)
        ORDER BY f.received_at DESC LIMIT 1
    )
"""
_ASKED = {
    "since_id": "uuid",
    "workspace_id": "bigint",
    "category_id": "bigint",
    "dedupe_key": "text",
    "since": "timestamptz",
}
_SLACK = timedelta(minutes=1)
"""Between the making of an id and its event's time of receipt."""
_MARK = """
    UPDATE store_event SET repeat_of = v.first FROM v
    WHERE store_event.id = v.id AND store_event.id BETWEEN :first AND :last
"""
_Subject = tuple[int | None, str | None]
"""Category and ``dedupe_key``: of one subject one event within the cooldown is delivered."""


def may_repeat(unit: "Accept") -> bool:
    """Tell whether an event has to be looked at: it would be delivered, and says what it is about."""
    return bool(unit.event.dedupe_key and unit.routes)


class Repeats:
    """Which events of one transaction are repeats. It has their workspaces' quotas, so nobody adds some beside it."""

    def __init__(self, cursor: CursorWrapper, units: Sequence["Accept"]) -> None:
        """Look for what was delivered before."""
        rows = query(
            cursor, _COOLDOWNS, {"id": "bigint"}, [(pk,) for pk in sorted({unit.category or 0 for unit in units})]
        )
        self._cooldowns = {pk: timedelta(seconds=seconds) for pk, seconds in rows}
        asked = {_subject(unit): self._asked(unit) for unit in units if unit.category in self._cooldowns}
        found = query(cursor, _FIRSTS, _ASKED, list(asked.values()))
        self._firsts = {
            (category, key): (EventId(hex_of(pk)), instant(received)) for category, key, pk, received in found
        }
        self.of: dict[str, EventId] = {}
        """The repeats by their ids, each with the event that it repeats."""

    def join(self, unit: "Accept") -> EventId | None:
        """Count an event that was granted; return which one it repeats, or None where it is to be delivered."""
        cooldown = self._cooldowns.get(unit.category or 0)
        if cooldown is None:
            return None
        first = self._firsts.get(_subject(unit))
        if first is None or unit.received_at - first[1] >= cooldown:
            self._firsts[_subject(unit)] = unit.event_id, unit.received_at
            return None
        self.of[unit.event_id] = first[0]
        return first[0]

    def leave(self, unit: "Accept") -> None:
        """Take an event out that was granted and is not kept after all."""
        self.of.pop(unit.event_id, None)
        if self._firsts.get(_subject(unit), ("",))[0] == unit.event_id:
            del self._firsts[_subject(unit)]

    def _asked(self, unit: "Accept") -> Row:
        since = unit.received_at - self._cooldowns[unit.category or 0]
        return id_at(since - _SLACK), unit.workspace, unit.category, unit.event.dedupe_key, stamp(since)


def mark_repeats(cursor: CursorWrapper, firsts: Mapping[str, EventId]) -> None:
    """Note of repeats, by their ids, which event they repeat."""
    query(cursor, _MARK, {"id": "uuid", "first": "uuid"}, list(firsts.items()))


def _subject(unit: "Accept") -> _Subject:
    return unit.category, unit.event.dedupe_key
