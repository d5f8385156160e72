"""The embedded broker: a bounded queue inside one process, on one event loop."""

import asyncio
from collections import deque
from collections.abc import Sequence

from pingpilot.domain.ids import DeliveryId


class EmbeddedBroker:
    """Hands ids from this process to this process. Not safe across threads: use it on the event loop alone.

    An id is held once, from its announcement until ``done``, so that the relay may announce what is on its way already.
    """

    def __init__(self, capacity: int = 4_000) -> None:
        """Take how many ids may be held."""
        self._capacity = capacity
        self._waiting: deque[DeliveryId] = deque()
        self._held: set[DeliveryId] = set()
        self._arrived = asyncio.Event()

    def announce(self, deliveries: Sequence[DeliveryId]) -> None:
        """Take the ids there is room for."""
        for delivery in deliveries:
            if delivery not in self._held and len(self._held) < self._capacity:
                self._held.add(delivery)
                self._waiting.append(delivery)
        if self._waiting:
            self._arrived.set()

    async def receive(self, limit: int) -> list[DeliveryId]:
        """Wait for ids and hand out the oldest."""
        while not self._waiting:
            await self._arrived.wait()
        taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
        if not self._waiting:
            self._arrived.clear()
        return taken

    def done(self, delivery: DeliveryId) -> None:
        """Forget an id."""
        self._held.discard(delivery)

    @property
    def room(self) -> int:
        """How many more ids would find room now."""
        return self._capacity - len(self._held)
