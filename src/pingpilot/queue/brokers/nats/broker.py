"""The broker between processes: ids go through JetStream to one of the workers, and wait there in fair turns.

What finds no room at a worker is acknowledged all the same: it is in the store, and the relay brings it again.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from nats.aio.msg import Msg

from pingpilot.domain.ids import DeliveryId, DestinationId
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.bell import Bell
from pingpilot.queue.brokers.nats.custody import Custody
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


class NatsBroker:
    """Lives on one event loop: ``start`` before use, ``stop`` at the end."""

    def __init__(
        self,
        link: Link,
        name: str,
        monotonic: Callable[[], float],
        capacity: int = 20_000,
        custody: Custody | None = None,
    ) -> None:
        """Take the connection, a name that no other process has, the clock, and how many ids may be held here."""
        self._link = link
        self._publisher = Publisher(link, name)
        self._puller = Puller(link, self._arrived, lambda: self._lanes.room)
        self._ledger = Ledger(monotonic)
        self._custody = custody or Custody(monotonic)
        self._lanes = Lanes(capacity, self._custody.settle)
        self._arrival = Bell()
        self._fetching: list[asyncio.Task[None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, receives: bool) -> None:
        """Connect and begin; raises ConfigurationError."""
        await self._link.open()
        works = [self._link.keep(), self._publisher.run(), self._custody.acknowledge(), self._custody.extend()]
        self._tasks = [asyncio.create_task(work) for work in works]
        if receives:
            self._fetching = [asyncio.create_task(self._puller.run())]

    async def stop(self) -> None:
        """Say what is still to be said, give back what is held, and end."""
        await _ended(self._fetching)  # first: what is given back shall not come here again
        if self._link.is_up:
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDED_WITHIN_S):
                    await self._custody.end()
                    await self._publisher.ended()
        await _ended(self._tasks)
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
        """Let the next of its address go."""
        self._lanes.done(delivery, was_slow=was_slow)
        if self._lanes.waiting:
            self._arrival.ring()

    def settled(self, delivery: DeliveryId) -> None:
        """Count it off its message."""
        self._custody.settle(delivery)

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
        self._custody.take(message, [delivery for delivery, _ in turns])
        for delivery, route in turns:
            if not self._lanes.put(route, delivery):
                self._custody.settle(delivery)
        self._arrival.ring()


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
