"""Noticing that a destination which refused us was mended, by whomever, so that its pause ends at once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from pingpilot.deliver.pacing import Pauses
from pingpilot.observe import get_logger
from pingpilot.store import destinations
from pingpilot.store.reader import Reader

EVERY = timedelta(seconds=1)
DEADLINE = timedelta(minutes=1)
ON_RECORD_AFTER = timedelta(seconds=2)
"""How long the refusal itself may be on its way into the store."""

_log = get_logger()


class Mending:
    """Looks at the destinations that one worker leaves alone since they refuse us. Mostly there are none."""

    name = "mending"
    every = EVERY
    deadline = DEADLINE

    def __init__(self, pauses: Pauses, reader: Reader, wake: Callable[[], None], now: Callable[[], datetime]) -> None:
        """Take the worker's pauses, the store, how to have what waits looked for, and the clock."""
        self._pauses = pauses
        self._reader = reader
        self._wake = wake
        self._now = now
        self._has_begun = False

    async def turn(self) -> None:
        """Lift the pauses of those that were mended; at first try what waits for the end of another process's pause."""
        await self._begin()
        held = self._pauses.refusing(self._now() - ON_RECORD_AFTER)
        mended = await self._reader.run(destinations.mended, held) if held else []
        for destination in mended:
            self._pauses.lift(destination)
            _log.info("destination.mended", destination=destination)
        if mended:
            self._wake()

    async def _begin(self) -> None:
        if self._has_begun:
            return
        waiting = await self._reader.run(destinations.hasten_refused, self._now())
        self._has_begun = True
        if waiting:
            self._wake()
