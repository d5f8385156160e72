"""Announcing: ids that come together travel in one message for each channel; many messages are on their way at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from nats.errors import Error
from nats.js.api import Header, PubAck
from nats.js.errors import NoStreamResponseError

from pingpilot.domain.ids import DeliveryId
from pingpilot.domain.routing import Route
from pingpilot.observe import get_logger
from pingpilot.queue.bell import Bell
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.parcel import packed
from pingpilot.queue.brokers.nats.stream import due_subject

IDS_MAX = 64
"""In one message: as many go back to others when a worker dies."""
FLYING_MAX, FLYING_FEW = 128, 8
"""Messages on their way at a time, where they are full, and where they are not: then the next ids gather meanwhile."""
WAITING_MAX = 50_000
"""Ids that wait for their message, at 32 bytes; what is more the relay brings."""
ANSWERED_WITHIN_S = 2
"""Then it is sent again: while the servers choose another leader nobody answers."""
AGAIN_AFTER_S = 0.5
GIVEN_UP_AFTER_S = 30
"""How long one message is repeated; the stream knows it again for longer."""
SAID_EVERY_S = 10

_log = get_logger()


@dataclass(slots=True)
class _Message:
    subject: str
    data: bytes
    id: str
    until: float


class Publisher:
    """Lives on one event loop; announces while ``run`` runs."""

    def __init__(self, link: Link, name: str) -> None:
        """Take the connection, and a name that no other publisher has."""
        self._link = link
        self._name = name
        self._numbers = count()
        self._waiting: dict[str, list[bytes]] = {}
        self._count = 0
        self._again: list[_Message] = []
        self._flying: set[asyncio.Future[PubAck]] = set()
        self._resting = 0
        self._dropped = 0
        self._said_at = float("-inf")
        self._bell = Bell()
        link.returned.append(self._returned)

    @property
    def room(self) -> int:
        """How many more ids may wait."""
        return WAITING_MAX - self._count

    def offer(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> None:
        """Take ids to be announced; those that find no room are dropped."""
        fit = min(len(deliveries), self.room)
        for route, delivery in zip(routes[:fit], deliveries[:fit], strict=True):
            self._waiting.setdefault(route.channel, []).append(packed(route, delivery))
        self._count += fit
        self._dropped += len(deliveries) - fit
        self._bell.ring()

    async def run(self) -> None:
        """Announce until cancelled."""
        while True:
            while not self._may_send():
                await self._bell.heard(None)
            self._say()
            for message in self._next():
                await self._send(message)

    async def ended(self) -> None:
        """Wait until nothing waits any more, and all is answered."""
        while self._count or self._again or self._flying or self._resting:
            await self._bell.heard(ANSWERED_WITHIN_S)

    def _may_send(self) -> bool:
        return bool(self._waiting or self._again) and self._link.is_up and self._may_fly(0)

    def _may_fly(self, besides: int) -> bool:
        """Tell whether one more message may, besides so many that are about to."""
        return len(self._flying) + besides < (FLYING_FEW if self._count < IDS_MAX else FLYING_MAX)

    def _next(self) -> list[_Message]:
        """Return messages for all that waits, as far as they may fly."""
        now = asyncio.get_running_loop().time()
        messages, self._again = [one for one in self._again if one.until > now], []
        while self._waiting and self._may_fly(len(messages)):
            channel, ids = next(iter(self._waiting.items()))
            taken, left = ids[:IDS_MAX], ids[IDS_MAX:]
            del self._waiting[channel]
            if left:
                self._waiting[channel] = left
            self._count -= len(taken)
            number = f"{self._name}.{next(self._numbers)}"
            subject = due_subject(self._link.stream, channel)
            messages.append(_Message(subject, b"".join(taken), number, now + GIVEN_UP_AFTER_S))
        return messages

    async def _send(self, message: _Message) -> None:
        headers = {Header.MSG_ID.value: message.id}
        try:
            answer = await self._link.jetstream.publish_async(
                message.subject, message.data, stream=self._link.stream, headers=headers
            )
        except Error as error:
            self._failed(message, error)
            return
        self._flying.add(answer)
        timer = asyncio.get_running_loop().call_later(ANSWERED_WITHIN_S, answer.cancel)
        answer.add_done_callback(partial(self._answered, message, timer))

    def _answered(self, message: _Message, timer: asyncio.TimerHandle, answer: "asyncio.Future[PubAck]") -> None:
        timer.cancel()
        self._flying.discard(answer)
        if answer.cancelled():
            self._failed(message, TimeoutError())
        elif error := answer.exception():
            self._failed(message, error)
        else:
            self._bell.ring()

    def _failed(self, message: _Message, error: BaseException) -> None:
        """Send it again in a moment, under the same number: it may have arrived."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._said_at + SAID_EVERY_S:
            self._said_at = loop.time()
            _log.warning("announcement.failed", error=str(error)[:200] or type(error).__name__)
        if isinstance(error, NoStreamResponseError):
            self._link.doubt()
        self._resting += 1
        loop.call_later(AGAIN_AFTER_S, self._rested, message)

    def _rested(self, message: _Message) -> None:
        self._resting -= 1
        self._again.append(message)
        self._bell.ring()

    def _returned(self) -> None:
        """Count as failed what was on its way by the connection before: no answer comes by this one."""
        for answer in list(self._flying):
            answer.cancel()
        self._bell.ring()

    def _say(self) -> None:
        if self._dropped:
            _log.warning("announcement.dropped", deliveries=self._dropped)
            self._dropped = 0
