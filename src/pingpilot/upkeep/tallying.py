"""The chore that brings the tallies up to date, beside the path of events and never on it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pingpilot.domain.ids import id_at
from pingpilot.observe import get_logger
from pingpilot.store import tallying
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from pingpilot.upkeep.chore import TURN_MAX

EVERY = timedelta(seconds=1)
"""How often to look for events; what is younger is counted one by one by whoever asks for statistics."""
BREATH = timedelta(milliseconds=50)
"""Between two full batches: those who accept events share the writer."""
THOROUGH_EVERY = timedelta(minutes=1)
"""How soon an event is found whose commit came late."""
BATCH = 1_000

_log = get_logger()


class Tallying:
    """Looks for events that are not in the tallies yet, and takes them in."""

    name = "tallying"
    every = EVERY
    deadline = TURN_MAX

    def __init__(self, reader: Reader, writer: Writer, now: Callable[[], datetime]) -> None:
        """Take the store's two ends and the clock."""
        self._reader = reader
        self._writer = writer
        self._now = now
        self._after: str | None = None
        self._settled: str | None = None
        self._thorough_at: datetime | None = None

    async def turn(self) -> timedelta:
        """Take one batch in; return how long to rest. What another process was quicker with is looked at again."""
        now = self._now()
        if self._thorough_at is None or now >= self._thorough_at:
            self._after, self._settled = None, id_at(now - tallying.LATEST)
            self._thorough_at = now + THOROUGH_EVERY
        batch = await self._reader.run(tallying.next_batch, self._after, BATCH, now, self._settled)
        if batch.unit is not None and not await self._writer.submit(batch.unit):
            return BREATH
        self._after = batch.last
        if batch.last is not None:
            return BREATH
        self._settled = None
        return EVERY
