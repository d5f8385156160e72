"""The relay: announces what is due and nobody has announced, and frees deliveries whose worker is gone."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.broker import Broker
from pingpilot.queue.lanes import LANE_MAX, MayGo
from pingpilot.store import deliveries
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer

POLL = timedelta(milliseconds=250)
"""A retry is at most this late; the first step of the schedule is 1 s."""
WORTHWHILE = LANE_MAX // 4
"""Ids of room for an address before the store is asked for them, where there is as much room at all."""
EACH_MIN = 10
"""Ids asked for each address, however many addresses there are."""
AT_ONCE_MIN = 2_000
"""Ids asked for in all where the broker is full: it makes room for addresses that hold less than their part."""
RESCUE_EVERY = timedelta(seconds=5)
SET_BACK_MIN = timedelta(seconds=1)
"""A clock that was set back by less makes nothing late enough to notice."""

_log = get_logger()


class Relay:
    """Looks into the store at a steady pace and feeds the broker."""

    def __init__(
        self,
        broker: Broker,
        store: tuple[Reader, Writer],
        now: Callable[[], datetime],
        may_go: MayGo,
        take_over: Callable[[Sequence[Route]], Sequence[Route]],
        grace: timedelta = timedelta(0),
    ) -> None:
        """Take the broker to feed, the store's two ends, the clock, and which routes are not paused.

        ``take_over`` sees to what is due on some routes by itself, and returns the others. ``grace``: how long what is
        due is left to those who announced it at its commit.
        """
        self._grace = grace
        self._broker = broker
        self._may_go = may_go
        self._take_over = take_over
        self._reader, self._writer = store
        self._now = now
        self._rescued_at = self._looked_at = now()
        self._nudge = asyncio.Event()

    def wake(self) -> None:
        """Look at once; call it on the event loop."""
        self._nudge.set()

    async def run(self) -> None:
        """Relay until cancelled."""
        grace = timedelta(0)
        while True:
            try:
                await self._turn(grace)
            except Overloaded:
                _log.warning("relay.waits", reason="the store does not answer")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), POLL.total_seconds())
            grace = timedelta(0) if self._nudge.is_set() else self._grace
            self._nudge.clear()

    async def _turn(self, grace: timedelta) -> None:
        now = self._now()
        if self._looked_at - now >= SET_BACK_MIN:
            await self._set_back(now)
        self._looked_at = now
        if now - self._rescued_at >= RESCUE_EVERY:
            self._rescued_at = now
            count = await self._writer.submit(deliveries.Rescue(now))
            if count:
                _log.warning("lease.rescued", deliveries=count)
        await self._announce_due(now - grace)

    async def _set_back(self, now: datetime) -> None:
        """Follow a clock that was set back: else what waits would wait for as long in addition."""
        count = await self._writer.submit(deliveries.SetBack(self._looked_at, now))
        self._rescued_at = now
        _log.warning("clock.set_back", seconds=(self._looked_at - now).total_seconds(), deliveries=count)

    async def _announce_due(self, now: datetime) -> None:
        """Bring to each address what finds room there; where there are many, a part of each."""
        routes = await self._reader.run(deliveries.routes_due, now)
        left = self._take_over([route for route in routes if self._may_go(route)])
        wanted = {route.destination: route for route in left if self._has_room(route)}
        if wanted:
            each = max(EACH_MIN, max(self._broker.room, AT_ONCE_MIN) // len(wanted))
            found = await self._reader.run(deliveries.due, now, list(wanted), min(each, LANE_MAX))
            self._broker.remind([wanted[destination] for destination, _ in found], [pk for _, pk in found])

    def _has_room(self, route: Route) -> bool:
        return self._broker.room_on(route.destination) >= min(WORTHWHILE, max(1, self._broker.room))
