"""Same key, same answer: the Idempotency-Key of a call, and the answer to those that come again."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pingpilot.domain.errors import IdempotencyKeyReused, InvalidEvent, Issue, PingPilotError
from pingpilot.domain.ids import WorkspaceId
from pingpilot.ingest.answers import Answer, answered
from pingpilot.store.batches import Once, Piece
from pingpilot.store.idempotency import KeyReused, Replayed, recorded
from pingpilot.store.reader import Reader

HEADER = b"idempotency-key"
KEY_MAX_CHARS = 255
"""Source: SPEC section 4."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A workspace's idempotency key, and the SHA-256 of the body it came with."""

    workspace: WorkspaceId
    key: str
    digest: bytes

    def once(self, status: int, *pieces: Piece) -> Once:
        """Return what the store needs to record the answer."""
        return Once(self.key, self.digest, status, pieces)


def key_in(head: dict[bytes, bytes]) -> str | None:
    """Return the idempotency key of a call; None without one. Raises InvalidEvent."""
    value = head.get(HEADER)
    if value is None:
        return None
    key = value.decode("latin-1")
    if not 1 <= len(key) <= KEY_MAX_CHARS:
        code, bound = ("too_big", {"maximum": KEY_MAX_CHARS}) if key else ("too_small", {"minimum": 1})
        rule = f"The header Idempotency-Key must have 1 to {KEY_MAX_CHARS} characters"
        raise InvalidEvent([Issue(code, ("Idempotency-Key",), rule, {**bound})])
    return key


def ticket(workspace: WorkspaceId, key: str, body: bytes) -> Ticket:
    """Return the ticket of a call."""
    return Ticket(workspace, key, hashlib.sha256(body).digest())


def replayed(found: Replayed | KeyReused) -> Answer:
    """Return the first answer; raises IdempotencyKeyReused."""
    if isinstance(found, KeyReused):
        raise IdempotencyKeyReused
    return answered(found.status, found.answer.encode(), [(b"idempotency-replayed", b"true")])


class Memory:
    """Remembers first answers where a call does not come as far as the writer, which remembers by itself."""

    def __init__(self, reader: Reader, now: Callable[[], datetime]) -> None:
        """Take where to look, and the clock."""
        self._reader = reader
        self._now = now

    async def guard(self, mine: Ticket, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do the work; when it is refused, answer as the first time, if there was one.

        What was accepted once stays so, though meanwhile the quota be used up or the category gone.
        """
        try:
            return await work()
        except IdempotencyKeyReused:
            raise
        except PingPilotError:
            earlier = await self.earlier(mine)
            if earlier is None:
                raise
            return earlier

    async def earlier(self, mine: Ticket) -> Answer | None:
        """Return the first answer; None when there was none. Raises IdempotencyKeyReused."""
        found = await self._reader.run(recorded, mine.workspace, mine.key, mine.digest, self._now())
        return None if found is None else replayed(found)
