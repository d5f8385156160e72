"""Leasing ahead: where more is due for a quick address than is on its way, the next many are leased in one commit.

What an attempt needs comes with them. So neither a claim nor its commit stands before each attempt, and the ids of a
backlog are read once. What is leased waits in the lane of its address as all does, in fair turns, and is given back
where its turn does not come soon (`handover`).
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.handover import HELD_MAX, LEASE, Handover
from pingpilot.store.backlog import ClaimDue, ReleaseAll
from pingpilot.store.deliveries import Job
from pingpilot.store.writer import Writer

AHEAD_MAX = HELD_MAX * 3 // 4
"""Deliveries leased so at a time: the rest is for those of new events."""
EACH = (256, 128, 64, 32)
"""How many are leased at a time for each address: the most there is room for. Fewer are left to the usual way."""
LOOK_AGAIN_S = 0.05
REST = timedelta(seconds=60)
"""How long nothing is leased ahead after something that was due could not be loaded; the usual way says which."""

_log = get_logger()


class Ahead:
    """Leases the backlogs of quick addresses. Lives on one event loop, beside its handover."""

    def __init__(
        self,
        writer: Writer,
        handover: Handover,
        owner: str,
        now: Callable[[], datetime],
        give_back: Callable[[ReleaseAll], None],
    ) -> None:
        """Take where to lease, who keeps what is leased, whose leases they are, the clock, and who gives them back."""
        self._writer = writer
        self._handover = handover
        self._owner = owner
        self._now = now
        self._give_back = give_back
        self._backlogs: dict[DestinationId, Route] = {}
        handover.backlogs = self._backlogs.keys()
        self._rests_until: datetime | None = None
        self._running: asyncio.Task[None] | None = None

    def take_over(self, routes: Sequence[Route]) -> list[Route]:
        """Lease what is due on those routes that it can be leased on; return the others."""
        if self._handover.is_stopping or self._is_resting():
            return list(routes)
        mine = {route.destination: route for route in routes if self._handover.is_quick(route)}
        self._backlogs.update(mine)
        if mine and self._running is None:
            self._running = asyncio.create_task(self._run())
        return [route for route in routes if route.destination not in mine]

    def hear(self, routes: Sequence[Route]) -> None:
        """Hear that more waits in the store on some routes; costs next to nothing where that is known."""
        news = [route for route in routes if route.destination not in self._backlogs]
        if news:
            self.take_over(news)

    async def ended(self) -> None:
        """Wait until nothing is being leased."""
        if self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        try:
            while self._backlogs and not self._handover.is_stopping:
                each, routes = self._next()
                if routes:
                    await self._lease(routes, each)
                await self._handover.until_fewer(LOOK_AGAIN_S)
        finally:
            self._running = None
            self._backlogs.clear()

    def _next(self) -> tuple[int, list[Route]]:
        """Return how many to lease, and on which routes: all that have room for so many, as far as there is room."""
        room = AHEAD_MAX - self._handover.held
        wanting = {}
        for route in list(self._backlogs.values()):
            if self._handover.is_quick(route):
                wanting[route] = self._handover.room_on(route.destination)
            else:  # it became slow, or is paused: the relay sees to it
                del self._backlogs[route.destination]
        for each in EACH:
            routes = [route for route, wanted in wanting.items() if wanted >= each][: room // each]
            if routes:
                return each, routes
        return 0, []

    async def _lease(self, routes: Sequence[Route], each: int) -> None:
        now = self._now()
        unit = ClaimDue([route.destination for route in routes], each, self._owner, now, now + LEASE)
        try:
            answer = self._writer.submit(unit)
        except Overloaded:
            self._backlogs.clear()
            return
        answer.add_done_callback(partial(self._leased, unit, routes))
        await asyncio.wait([answer])

    def _leased(self, unit: ClaimDue, routes: Sequence[Route], answer: "asyncio.Future[Sequence[Job]]") -> None:
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, InternalError):
            _log.error("backlog.unclaimed", destinations=len(routes), error=repr(error)[:300])
            self._rests_until = unit.now + REST
        if answer.cancelled() or error is not None:
            self._backlogs.clear()
            self._give_back(ReleaseAll(unit.owner, unit.until))  # it may have been committed all the same
            return
        found = dict.fromkeys(unit.destinations, 0)
        for job in answer.result():
            found[job.destination] += 1
        for destination, count in found.items():
            if count < unit.each:  # that was all
                self._backlogs.pop(destination, None)
        for route in routes:  # behind the others, where there are more than can be served at once
            if route.destination in self._backlogs:
                self._backlogs[route.destination] = self._backlogs.pop(route.destination)
        self._handover.bring(routes, answer.result(), unit.until)

    def _is_resting(self) -> bool:
        return self._rests_until is not None and timedelta(0) < self._rests_until - self._now() <= REST
