"""The relay: announces what is due and nobody has announced, and frees deliveries whose worker is gone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from pingpilot.domain.errors import Overloaded
from pingpilot.observe import get_logger
from pingpilot.queue.broker import Broker
from pingpilot.store import deliveries
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer

POLL = timedelta(milliseconds=250)
"""A retry is at most this late; the first step of the schedule is 1 s."""
WORTHWHILE = 1_000
"""Ids of room in the broker before the store is asked: while it is full, there is nothing to gain."""
RESCUE_EVERY = timedelta(seconds=5)

_log = get_logger()


class Relay:
    """Looks into the store at a steady pace and feeds the broker."""

    def __init__(self, broker: Broker, reader: Reader, writer: Writer, now: Callable[[], datetime]) -> None:
        """Take the broker to feed, the store's two ends, and the clock."""
        self._broker = broker
        self._reader = reader
        self._writer = writer
        self._now = now
        self._rescued_at = now()
        self._nudge = asyncio.Event()

    def wake(self) -> None:
        """Look at once; call it on the event loop."""
        self._nudge.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        while True:
            try:
                await self._turn()
            except Overloaded:
                _log.warning("relay.waits", reason="the store does not answer")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), POLL.total_seconds())
            self._nudge.clear()

    async def _turn(self) -> None:
        now = self._now()
        if now - self._rescued_at >= RESCUE_EVERY:
            self._rescued_at = now
            count = await self._writer.submit(deliveries.Rescue(now))
            if count:
                _log.warning("lease.rescued", deliveries=count)
        if (room := self._broker.room) >= WORTHWHILE:
            self._broker.announce(await self._reader.run(deliveries.due, now, room))
