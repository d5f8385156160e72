"""Same key, same answer: the first answers to calls with an Idempotency-Key, kept for 24 hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.packing import packed
from pingpilot.store.models import IdempotencyRecord
from pingpilot.store.sql import is_sqlite, query, stamp

KEPT_FOR = timedelta(hours=24)
"""Source: SPEC section 4."""

Name = tuple[int, str]
"""A workspace and one of its idempotency keys."""


@packed
@dataclass(frozen=True, slots=True)
class Record:
    """The first answer to a call: ``digest`` is the SHA-256 of its body, ``answer`` the body answered with."""

    workspace: WorkspaceId
    key: str
    digest: bytes
    status: int
    answer: str
    created_at: datetime

    @property
    def name(self) -> Name:
        """What it is found by."""
        return (self.workspace, self.key)

    def answer_to(self, digest: bytes) -> "Replayed | KeyReused":
        """Return what a further call with the same key is told."""
        return Replayed(self.status, self.answer) if digest == self.digest else KeyReused()


@packed
@dataclass(frozen=True, slots=True)
class Replayed:
    """The same call was answered before, and this was its answer. Nothing was stored now."""

    status: int
    answer: str


@dataclass(frozen=True, slots=True)
class KeyReused:
    """Refused: the idempotency key came with another body before. Nothing was stored."""


@packed
@dataclass(frozen=True, slots=True)
class Amend:
    """Put a fuller answer in the place of a recorded one. Answered with None; a record that is gone stays gone."""

    workspace: WorkspaceId
    key: str
    status: int
    answer: str


_LOOK = """
    SELECT r.workspace_id, r.key, r.body_digest, r.status, r.answer
    FROM v JOIN store_idempotencyrecord r ON r.workspace_id = v.workspace_id AND r.key = v.key
    WHERE r.created_at > v.after
"""
_LOOK_COLUMNS = {"workspace_id": "bigint", "key": "text", "after": "timestamptz"}
_KEEP = """
    INSERT INTO store_idempotencyrecord (workspace_id, key, body_digest, status, answer, created_at)
    SELECT workspace_id, key, body_digest, status, answer, created_at FROM v WHERE true ORDER BY workspace_id, key
    ON CONFLICT (workspace_id, key) DO UPDATE SET
        body_digest = excluded.body_digest, status = excluded.status, answer = excluded.answer,
        created_at = excluded.created_at
    WHERE store_idempotencyrecord.created_at <= {end}
    RETURNING workspace_id, key
"""
_KEEP_COLUMNS = {
    "workspace_id": "bigint",
    "key": "text",
    "body_digest": "bytea",
    "status": "integer",
    "answer": "text",
    "created_at": "timestamptz",
}
_SQLITE_END = "strftime('%Y-%m-%d %H:%M:%f', excluded.created_at, '-24 hours')"
_POSTGRESQL_END = "excluded.created_at - interval '24 hours'"
_FORGET = """
    DELETE FROM store_idempotencyrecord WHERE id IN (
        SELECT r.id FROM v JOIN store_idempotencyrecord r ON r.created_at <= v.until
        ORDER BY r.created_at LIMIT (SELECT room FROM v) {skip_locked}
    )
"""
_AMEND = """
    UPDATE store_idempotencyrecord SET status = v.status, answer = v.answer FROM v
    WHERE store_idempotencyrecord.workspace_id = v.workspace_id AND store_idempotencyrecord.key = v.key
"""
_AMEND_COLUMNS = {"workspace_id": "bigint", "key": "text", "status": "integer", "answer": "text"}
_FORGET_COLUMNS = {"until": "timestamptz", "room": "bigint"}


def look(cursor: CursorWrapper, names: Sequence[Name], now: datetime) -> dict[Name, Record]:
    """Return the records of calls in the last 24 hours."""
    after = stamp(now - KEPT_FOR)
    rows = query(cursor, _LOOK, _LOOK_COLUMNS, [(*name, after) for name in sorted(set(names))])
    return {(row[0], row[1]): Record(row[0], row[1], bytes(row[2]), row[3], row[4], now) for row in rows}


def recorded(workspace: WorkspaceId, key: str, digest: bytes, now: datetime) -> Replayed | KeyReused | None:
    """Return what a call is told because of an earlier one; None when there was none. Asks outside the writer."""
    rows = IdempotencyRecord.objects.filter(workspace=workspace, key=key, created_at__gt=now - KEPT_FOR)
    row = rows.values_list("body_digest", "status", "answer").first()
    if row is None:
        return None
    return Record(workspace, key, bytes(row[0]), row[1], row[2], now).answer_to(digest)


def keep(cursor: CursorWrapper, records: Sequence[Record]) -> set[Name]:
    """Keep records, in place of those that are too old, and return the names of those kept.

    A name is missing when another process has just kept one of the same name.
    """
    rows = [_row(record) for record in records]
    statement = _KEEP.format(end=_SQLITE_END if is_sqlite() else _POSTGRESQL_END)
    return {(row[0], row[1]) for row in query(cursor, statement, _KEEP_COLUMNS, rows)}


def forget(cursor: CursorWrapper, now: datetime, room: int) -> None:
    """Delete at most ``room`` records that are too old; those that another process holds are its business."""
    statement = _FORGET.format(skip_locked="" if is_sqlite() else "FOR UPDATE OF r SKIP LOCKED")
    query(cursor, statement, _FORGET_COLUMNS, [(stamp(now - KEPT_FOR), room)])


def amend(cursor: CursorWrapper, units: Sequence[Amend]) -> list[None]:
    """Replace recorded answers; must run inside a transaction."""
    rows = {(unit.workspace, unit.key): (unit.workspace, unit.key, unit.status, unit.answer) for unit in units}
    query(cursor, _AMEND, _AMEND_COLUMNS, sorted(rows.values()))
    return [None] * len(units)


def _row(record: Record) -> tuple[Any, ...]:
    created = stamp(record.created_at)
    return (record.workspace, record.key, record.digest, record.status, record.answer, created)
