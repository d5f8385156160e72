"""The chore that lets events go that waited for quota: a new month has begun, a plan was raised, a unit given back."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pingpilot.observe import get_logger
from pingpilot.store.reader import Reader
from pingpilot.store.releasing import ReleaseHeld, with_room
from pingpilot.store.writer import Writer
from pingpilot.upkeep.chore import TURN_MAX

EVERY = timedelta(seconds=1)
"""How often to look: so late events go at most when the quota allows them."""
BREATH = timedelta(milliseconds=50)
"""Between two rounds: those who accept events share the writer."""

_log = get_logger()


class Releasing:
    """Gives each workspace its turn, a slice at a time."""

    name = "releasing"
    every = EVERY
    deadline = TURN_MAX

    def __init__(self, reader: Reader, writer: Writer, now: Callable[[], datetime], wake: Callable[[], None]) -> None:
        """Take the store's two ends, the clock, and how to have deliveries sent at once."""
        self._reader = reader
        self._writer = writer
        self._now = now
        self._wake = wake

    async def turn(self) -> timedelta:
        """Release a slice of each workspace that has room; return how long to rest."""
        count = 0
        for workspace in await self._reader.run(with_room, self._now()):
            released = await self._writer.submit(ReleaseHeld(workspace, self._now()))
            count += released
            if released:
                _log.info("event.released", workspace=workspace, events=released)
        if not count:
            return EVERY
        self._wake()
        return BREATH
