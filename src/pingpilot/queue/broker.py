"""The contract of a broker: announce ids, receive them, say when done.

A broker may lose every id it holds: the relay finds what is due in the store and announces it again. It may hand out
an id twice: the worker's claim in the store lets only one through.
"""

from collections.abc import Sequence
from typing import Protocol

from pingpilot.domain.ids import DeliveryId


class Broker(Protocol):
    """Carries the ids of deliveries that are due."""

    def announce(self, deliveries: Sequence[DeliveryId]) -> None:
        """Hand over ids without waiting; what finds no room is dropped, for the relay to announce again."""
        ...

    async def receive(self, limit: int) -> list[DeliveryId]:
        """Wait for at least one id and return at most ``limit``, in the order announced."""
        ...

    def done(self, delivery: DeliveryId) -> None:
        """Say that an id received needs no more care: it was settled, or was not to be had."""
        ...

    @property
    def room(self) -> int:
        """How many more ids would find room now."""
        ...
