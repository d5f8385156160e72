"""The embedded broker: bounded lanes inside one process, on one event loop."""

from collections.abc import Sequence

from pingpilot.domain.ids import DeliveryId, DestinationId
from pingpilot.domain.routing import Route
from pingpilot.queue.bell import Bell
from pingpilot.queue.lanes import Lanes, MayGo, Turn

LOOK_AGAIN_S = 0.1
"""How soon lanes that may not go are looked at again: a pause may have ended."""


class EmbeddedBroker:
    """Hands ids from this process to this process. Not safe across threads: use it on the event loop alone.

    An id is held once, from its announcement until ``done``, so that the relay may announce what is on its way already.
    """

    def __init__(self, capacity: int = 20_000) -> None:
        """Take how many ids may be held."""
        self._lanes = Lanes(capacity)
        self._bell = Bell()

    async def start(self, *, receives: bool) -> None:
        """Begin: there is nothing to connect to."""

    async def stop(self) -> None:
        """End."""

    def announce(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Take the ids there is room for."""
        for route, delivery in zip(routes, deliveries, strict=True):
            self._lanes.put(route, delivery)
        self._bell.ring()

    def remind(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Take the ids there is room for; those that are held are held once."""
        self.announce(routes, deliveries)

    async def receive(self, limit: int, may_go: MayGo) -> list[Turn]:
        """Wait for ids and hand them out in turns."""
        while not (taken := self._lanes.take(limit, may_go)):
            await self._bell.heard(LOOK_AGAIN_S if self._lanes.waiting else None)
        return taken

    def done(self, delivery: DeliveryId, *, was_slow: bool = False) -> None:
        """Forget an id."""
        self._lanes.done(delivery, was_slow=was_slow)
        if self._lanes.waiting:  # one of its address may go instead
            self._bell.ring()

    def settled(self, delivery: DeliveryId) -> None:
        """Do nothing: should this process be gone, so is its broker."""

    @property
    def room(self) -> int:
        """How many more ids would find room now."""
        return self._lanes.room

    def room_on(self, destination: DestinationId) -> int:
        """Return how many more ids for one address would find room now."""
        return self._lanes.room_on(destination)

    def soon_on(self, destination: DestinationId) -> int:
        """Return how many more ids for one address would get their turn within a moment."""
        return self._lanes.soon_on(destination)
