"""Deliveries that are leased to this process in the very commit of their event, with all that an attempt needs at hand.

So neither a claim nor a look into the store stands between the commit and the attempt. Their ids go through the broker
as all do, in fair turns. Few are leased so, for addresses that answer at once, and for a short time: what does not get
its turn soon is given back, and goes the usual way. None is leased before its time comes: it has come.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from itertools import compress

from pingpilot.domain.category import Category
from pingpilot.domain.ids import DeliveryId, DestinationId, EventId, WorkspaceId
from pingpilot.domain.message import Source
from pingpilot.domain.routing import Route
from pingpilot.queue.bell import Bell
from pingpilot.queue.broker import Broker
from pingpilot.store.deliveries import Job, Release
from pingpilot.store.events import Accept, Accepted, Lease, leased

LEASE = timedelta(seconds=60)
"""How long a lease lasts: longer than an attempt, and the wait for its turn, may."""
HELD_MAX = 1_024
"""Deliveries leased so at a time. After a crash as many may be marked as possibly delivered that never were tried."""
HELD_MAX_BESIDE = HELD_MAX // 2
"""As many of new events where much waits in the store: that shall have its part."""
SOON = timedelta(seconds=10)
"""How long one may wait for its turn."""
LOOK_EVERY_S = 1.0
_LEASE_LEFT = LEASE - SOON


class Handover:
    """Leases what can be attempted at once. Lives on one event loop, with its broker and worker."""

    def __init__(
        self,
        broker: Broker,
        owner: str,
        now: Callable[[], datetime],
        is_swift: Callable[[Route], bool],
        give_back: Callable[[Release], None],
        is_quick: Callable[[Route], bool] | None = None,
    ) -> None:
        """Take the broker, whose leases they are, the clock, which routes go at once, and who gives leases back.

        ``is_quick`` tells of a route that it goes at once, and was seen to.
        """
        self._broker = broker
        self._owner = owner
        self._now = now
        self._is_swift = is_swift
        self.is_quick = is_quick or is_swift
        self._give_back = give_back
        self._promised: dict[EventId, Lease] = {}
        self._promised_to: dict[DestinationId, int] = {}
        self._held = 0
        self._ready: dict[DeliveryId, tuple[Job, datetime]] = {}
        self._bell = Bell()
        self._fewer = -1
        self.leave: Callable[[Sequence[Route]], None] | None = None
        """Hears on which routes more waits in the store than was announced. Where nobody does, all is announced."""
        self.backlogs: Collection[DestinationId] = ()
        """The addresses for which much waits in the store, and is leased from there."""
        self.is_stopping = False

    @property
    def held(self) -> int:
        """How many are leased, or about to be."""
        return self._held

    def room_on(self, destination: DestinationId) -> int:
        """Return how many more of an address would get their turn within a moment."""
        return self._broker.soon_on(destination) - self._promised_to.get(destination, 0)

    async def until_fewer(self, within_s: float) -> None:
        """Wait until half of those are held that are now, or for so many seconds."""
        self._fewer = self._held // 2
        await self._bell.heard(within_s)
        self._fewer = -1

    def bring(self, routes: Sequence[Route], jobs: Sequence[Job], until: datetime) -> None:
        """Take what was leased on some routes after its commit, and announce it."""
        ways = {route.destination: route for route in routes}
        for job in jobs:
            self._ready[job.delivery] = job, until
        self._held += len(jobs)
        if self.is_stopping:
            self.stop()
        self._broker.announce([ways[job.destination] for job in jobs], [job.delivery for job in jobs])

    def lease(self, unit: Accept) -> Accept:
        """Return an event whose deliveries are leased where they can be attempted at once; hear of its end after it."""
        held = [self._promise(route) for route in unit.routes]
        if not any(held):
            return unit
        lease = Lease(self._owner, self._now() + LEASE, held)
        self._promised[unit.event_id] = lease
        return leased(unit, lease)

    def committed(self, unit: Accept, answer: Accepted, category: Category) -> None:
        """Announce the deliveries of an event that is committed, and keep what is needed for those leased."""
        lease = self._settle(unit)
        if lease is not None:
            self._keep(unit, answer, category, lease)
        if self.is_stopping:  # it was on its way to the writer when the stop came
            self.stop()
        self._announce(unit, lease)

    def refused(self, unit: Accept) -> None:
        """Hear that nothing was stored of an event, or that it is held."""
        self._settle(unit)

    def unknown(self, unit: Accept) -> None:
        """Hear that nobody knows whether an event was stored: what is leased of it is given back."""
        lease = self._settle(unit)
        if lease is not None:
            ids = [pk for pk, is_held in zip(unit.delivery_ids, lease.held, strict=True) if is_held]
            self._give_back(Release(ids, lease.owner, lease.until))

    def take(self, delivery: DeliveryId) -> Job | None:
        """Return what an attempt needs, whose turn it is; None where it is not leased so."""
        found = self._ready.get(delivery)
        if found is None or self._is_old(found[1], self._now()):
            return None
        del self._ready[delivery]
        self._held -= 1
        if self._held <= self._fewer:
            self._bell.ring()
        return found[0]

    def forget(self, workspace: WorkspaceId) -> None:
        """Give back what is leased of a workspace: something about it has changed."""
        self._return([pk for pk, (job, _) in self._ready.items() if job.workspace == workspace])

    def stop(self) -> None:
        """Give all back, and lease nothing more."""
        self.is_stopping = True
        self._return(list(self._ready))

    def resume(self) -> None:
        """Lease again."""
        self.is_stopping = False

    async def run(self) -> None:
        """Give back what waits for too long, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Give back what has waited for too long."""
        now = self._now()
        self._return([pk for pk, (_, until) in self._ready.items() if self._is_old(until, now)])

    def _announce(self, unit: Accept, lease: Lease | None) -> None:
        """Announce what is leased, and what else gets its turn soon; the rest is left to those who lease ahead."""
        held = lease.held if lease is not None else [False] * len(unit.routes)
        left = [not is_held and self._is_left(route) for is_held, route in zip(held, unit.routes, strict=True)]
        if self.leave is None or not any(left):
            self._broker.announce(unit.routes, unit.delivery_ids)
            return
        turns = zip(unit.routes, unit.delivery_ids, left, strict=True)
        kept = [(route, pk) for route, pk, is_left in turns if not is_left]
        self._broker.announce([route for route, _ in kept], [pk for _, pk in kept])
        self.leave(list(compress(unit.routes, left)))

    def _is_left(self, route: Route) -> bool:
        if self.leave is None:
            return False
        destination = route.destination
        return destination in self.backlogs or (self.room_on(destination) <= 0 and self.is_quick(route))

    def _promise(self, route: Route) -> bool:
        destination = route.destination
        held_max = HELD_MAX_BESIDE if self.backlogs else HELD_MAX
        is_swift = (
            not self.is_stopping and self._held < held_max and self.room_on(destination) > 0 and self._is_swift(route)
        )
        if is_swift:
            self._held += 1
            self._promised_to[destination] = self._promised_to.get(destination, 0) + 1
        return is_swift

    def _settle(self, unit: Accept) -> Lease | None:
        """Forget what was promised; what is kept all the same is counted anew."""
        lease = self._promised.pop(unit.event_id, None)
        if lease is not None:
            for route, is_held in zip(unit.routes, lease.held, strict=True):
                if is_held:
                    self._redeem(route.destination)
        return lease

    def _redeem(self, destination: DestinationId) -> None:
        self._held -= 1
        left = self._promised_to[destination] - 1
        if left:
            self._promised_to[destination] = left
        else:
            del self._promised_to[destination]

    def _keep(self, unit: Accept, answer: Accepted, category: Category, lease: Lease) -> None:
        source, settings = _source(unit, category), iter(answer.settings)
        for pk, route, is_held in zip(unit.delivery_ids, unit.routes, lease.held, strict=True):
            if is_held:
                job = Job(
                    *(pk, lease.owner, unit.workspace, route.destination, route.channel, source),
                    *(0, unit.received_at, False, unit.proves, next(settings)),
                )
                self._ready[pk] = job, lease.until
                self._held += 1

    def _is_old(self, until: datetime, now: datetime) -> bool:
        return not _LEASE_LEFT < until - now <= LEASE  # or the clock was set back

    def _return(self, deliveries: list[DeliveryId]) -> None:
        by_end: dict[datetime, list[DeliveryId]] = {}
        for delivery in deliveries:
            by_end.setdefault(self._ready.pop(delivery)[1], []).append(delivery)
            self._held -= 1
        for until, ids in by_end.items():
            self._give_back(Release(ids, self._owner, until))


def _source(unit: Accept, category: Category) -> Source:
    event = unit.event
    return Source(
        *(unit.event_id, event.category, category.emoji, category.color, event.description, event.fields_json),
        *(event.severity, event.occurred_at or unit.received_at, unit.received_at, event.url),
    )
