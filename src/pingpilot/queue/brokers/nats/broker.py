"""The broker between processes: ids go through JetStream to one of the workers, and wait there in fair turns.

What finds no room at a worker is acknowledged all the same: it is in the store, and the relay brings it again.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error

from pingpilot.domain.ids import DeliveryId, DestinationId
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.bell import Bell
from pingpilot.queue.brokers.nats.ledger import Ledger
from pingpilot.queue.brokers.nats.link import Backlog, Link
from pingpilot.queue.brokers.nats.parcel import unpacked
from pingpilot.queue.brokers.nats.publishing import Publisher
from pingpilot.queue.brokers.nats.pulling import Puller
from pingpilot.queue.lanes import Lanes, MayGo, Turn

LOOK_AGAIN_S = 0.1
"""How soon lanes that may not go are looked at again: a pause may have ended."""
ENDED_WITHIN_S = 3
"""For what is still to be said at a stop."""

_log = get_logger()


class _Parcel:
    """A message, and how many of its ids are still to be taken care of."""

    __slots__ = ("left", "message")

    def __init__(self, message: Msg, left: int) -> None:
        self.message = message
        self.left = left


class NatsBroker:
    """Lives on one event loop: ``start`` before use, ``stop`` at the end."""

    def __init__(self, link: Link, name: str, monotonic: Callable[[], float], capacity: int = 20_000) -> None:
        """Take the connection, a name that no other process has, the clock, and how many ids may be held here."""
        self._link = link
        self._publisher = Publisher(link, name)
        self._puller = Puller(link, self._arrived, lambda: self._lanes.room)
        self._ledger = Ledger(monotonic)
        self._lanes = Lanes(capacity, self._let_go)
        self._parcels: dict[DeliveryId, _Parcel] = {}
        self._done: list[Msg] = []
        self._arrival, self._completion = Bell(), Bell()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, receives: bool) -> None:
        """Connect and begin; raises ConfigurationError."""
        await self._link.open()
        works = [self._link.keep(), self._publisher.run(), self._acknowledge()]
        if receives:
            works.append(self._puller.run())
        self._tasks = [asyncio.create_task(work) for work in works]

    async def stop(self) -> None:
        """Say what is still to be said, and end; what is held goes to others in a while."""
        if self._link.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDED_WITHIN_S):
                    await self._publisher.ended()
                    await self._say_done()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._link.close()

    def announce(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Announce ids to all workers."""
        self._publisher.offer(routes, deliveries)

    def remind(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Announce those that were not announced of late."""
        new = self._ledger.new(routes, deliveries)
        self._publisher.offer([route for _, route in new], [delivery for delivery, _ in new])

    async def receive(self, limit: int, may_go: MayGo) -> list[Turn]:
        """Wait for ids and hand them out in turns."""
        while not (taken := self._lanes.take(limit, may_go)):
            await self._arrival.heard(LOOK_AGAIN_S if self._lanes.waiting else None)
        return taken

    def done(self, delivery: DeliveryId, *, was_slow: bool = False) -> None:
        """Forget an id."""
        self._lanes.done(delivery, was_slow=was_slow)
        self._let_go(delivery)
        if self._lanes.waiting:
            self._arrival.ring()

    @property
    def room(self) -> int:
        """How many more ids may wait to be announced."""
        return self._publisher.room

    def room_on(self, destination: DestinationId) -> int:
        """Return how many ids for one address the relay may bring."""
        return self._ledger.room_on(destination)

    def soon_on(self, destination: DestinationId) -> int:  # noqa: ARG002 - the contract's
        """Return 0: whose turn it will be is known to none."""
        return 0

    async def backlog(self) -> Backlog:
        """Ask how much the stream holds; raises Overloaded."""
        return await self._link.backlog()

    def _arrived(self, message: Msg) -> None:
        """Take the ids of a message, in place of what was said of them before."""
        try:
            turns = list(unpacked(message.subject.rpartition(".")[2], message.data))
        except ValueError:
            _log.warning("announcement.unreadable", bytes=len(message.data))
            turns = []
        parcel = _Parcel(message, len(turns) + 1)
        for delivery, route in turns:
            self._let_go(delivery)
            self._parcels[delivery] = parcel
            if not self._lanes.put(route, delivery):
                self._let_go(delivery)
        self._count_off(parcel)
        self._arrival.ring()

    def _let_go(self, delivery: DeliveryId) -> None:
        """Hear that an id needs no more care of its message."""
        parcel = self._parcels.pop(delivery, None)
        if parcel is not None:
            self._count_off(parcel)

    def _count_off(self, parcel: _Parcel) -> None:
        parcel.left -= 1
        if not parcel.left:
            self._done.append(parcel.message)
            self._completion.ring()

    async def _acknowledge(self) -> None:
        """Tell the stream what is done, until cancelled; what it does not hear of comes again, and is done already."""
        while True:
            while not self._done:
                await self._completion.heard(None)
            await self._say_done()

    async def _say_done(self) -> None:
        done, self._done = self._done, []
        for message in done:
            with suppress(Error):
                await message.ack()
