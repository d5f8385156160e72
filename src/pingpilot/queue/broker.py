"""The contract of a broker: announce ids, receive them in fair turns, say when done and when settled.

A broker may lose every id it holds: the relay finds what is due in the store and announces it again. It may hand out
an id twice: the worker's claim in the store lets only one through.
"""

from collections.abc import Sequence
from typing import Protocol

from pingpilot.domain.ids import DeliveryId, DestinationId
from pingpilot.domain.routing import Route
from pingpilot.queue.lanes import MayGo, Turn


class Broker(Protocol):
    """Carries the ids of deliveries that are due. Lives on one event loop."""

    async def start(self, *, receives: bool) -> None:
        """Begin; ``receives``: whether this process delivers. Raises ConfigurationError where it cannot."""
        ...

    async def stop(self) -> None:
        """Say what is still to be said, and end."""
        ...

    def announce(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Hand over ids, each with its route, without waiting; what finds no room is dropped: the relay brings it."""
        ...

    def remind(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Announce what is due and may have been announced before; what was so of late may be left out.

        Give all that is due for an address, as far as there was room for it.
        """
        ...

    async def receive(self, limit: int, may_go: MayGo) -> list[Turn]:
        """Wait for at least one id that may go and return at most ``limit``, each with its route.

        Workspace by workspace, in it address by address; ids of one address come in the order announced.
        """
        ...

    def done(self, delivery: DeliveryId, *, was_slow: bool = False) -> None:
        """Say that an id received was attempted, or was not to be had: the next of its address may go."""
        ...

    def settled(self, delivery: DeliveryId) -> None:
        """Say that an id received needs no more care: what became of it is committed, or is another's business.

        Until then a broker between processes hands it out again should this one be gone.
        """
        ...

    @property
    def room(self) -> int:
        """How many more ids may be announced now."""
        ...

    def room_on(self, destination: DestinationId) -> int:
        """Return how many more ids for one address may be announced now."""
        ...

    def soon_on(self, destination: DestinationId) -> int:
        """Return how many more ids for one address would get their turn within a moment."""
        ...
