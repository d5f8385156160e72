"""What was fetched and not settled yet: a message is acknowledged once what became of each of its ids is committed.

Until then its time is extended for as long as this process lives, and at a stop it goes back at once. Who is killed or
stands still says nothing: then the stream hands the message to another when its time is over.
Source: NATS, JetStream wire API, acknowledgements (+ACK, +WPI, -NAK).
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

from nats.aio.msg import Msg
from nats.errors import Error

from pingpilot.domain.ids import DeliveryId
from pingpilot.queue.bell import Bell
from pingpilot.queue.brokers.nats.stream import REDELIVERED_AFTER_S

EXTENDED_EVERY_S = REDELIVERED_AFTER_S / 3
"""A message is told of at its third look at the latest, so none that is held runs out of time."""


class _Parcel:
    """A message, how many of its ids are still to be settled, and since when it is here."""

    __slots__ = ("left", "message", "since")

    def __init__(self, message: Msg, left: int, since: float) -> None:
        self.message = message
        self.left = left
        self.since = since


class Custody:
    """Lives on one event loop; says what there is to say while ``acknowledge`` and ``extend`` run."""

    def __init__(self, monotonic: Callable[[], float], extended_every_s: float = EXTENDED_EVERY_S) -> None:
        """Take the clock, and how often the time of what is held is extended."""
        self._monotonic = monotonic
        self._extended_every_s = extended_every_s
        self._parcels: dict[DeliveryId, _Parcel] = {}
        self._done: list[Msg] = []
        self._bell = Bell()

    def take(self, message: Msg, deliveries: Sequence[DeliveryId]) -> None:
        """Keep a message until each of its ids is settled; what was held of them before is held by this one now."""
        parcel = _Parcel(message, len(deliveries) + 1, self._monotonic())
        for delivery in deliveries:
            self.settle(delivery)
            self._parcels[delivery] = parcel
        self._count_off(parcel)

    def settle(self, delivery: DeliveryId) -> None:
        """Hear that an id needs no more care of its message."""
        parcel = self._parcels.pop(delivery, None)
        if parcel is not None:
            self._count_off(parcel)

    async def acknowledge(self) -> None:
        """Tell the stream what is settled, until cancelled; what it does not hear of comes again, to no effect."""
        while True:
            while not self._done:
                await self._bell.heard(None)
            await self._say_done()

    async def extend(self) -> None:
        """Tell the stream what is held still, until cancelled."""
        while True:
            await asyncio.sleep(self._extended_every_s)
            before = self._monotonic() - self._extended_every_s / 2
            for parcel in self._held():
                if parcel.since <= before:
                    with suppress(Error):
                        await parcel.message.in_progress()

    async def end(self) -> None:
        """Say what is settled, and give the rest back, to be handed to others at once."""
        await self._say_done()
        for parcel in self._held():
            with suppress(Error):
                await parcel.message.nak()
        self._parcels.clear()

    def _held(self) -> list[_Parcel]:
        return list(dict.fromkeys(self._parcels.values()))

    def _count_off(self, parcel: _Parcel) -> None:
        parcel.left -= 1
        if not parcel.left:
            self._done.append(parcel.message)
            self._bell.ring()

    async def _say_done(self) -> None:
        done, self._done = self._done, []
        for message in done:
            with suppress(Error):
                await message.ack()
