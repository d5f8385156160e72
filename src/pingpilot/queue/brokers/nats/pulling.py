"""Fetching: a worker asks for many messages at a time, and again before it has had them all.

The client's own ``fetch`` waits for a whole batch or its time, which is long for the first of them; so the same
requests are made here, and each message is taken as it comes. Source: NATS, JetStream wire API, pull consumers.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from nats.aio.msg import Msg
from nats.errors import Error

from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.stream import consumer_of

BATCH = 128
"""Messages asked for at a time."""
LINES = 2
"""Requests at a time: while one comes to its end, the other is there already."""
EXPIRES_S, HEARTBEAT_S = 20, 2
SILENT_MAX_S = 5
"""Without a message or a heartbeat; then the request is taken for lost."""
BATCH_WHEN_FULL, REST_WHEN_FULL_S = 16, 0.05
"""Where there is no room: what is fetched takes the room of those who hold much, or goes back to the store."""
AGAIN_AFTER_S = 0.5
"""After a request that was refused."""

_NANOSECONDS = 1_000_000_000
_HEARTBEAT = "100"
_ENDED = frozenset({"404", "408"})
"""The statuses of a request that came to its end: nothing there, or its time is over."""


@dataclass(slots=True)
class _Request:
    left: int
    heard_at: float
    ended: "asyncio.Future[bool]"
    """Whether it came to a good end."""

    def end(self, *, is_well: bool) -> None:
        if not self.ended.done():
            self.ended.set_result(is_well)


class Puller:
    """Lives on one event loop; fetches while ``run`` runs."""

    def __init__(self, link: Link, take: Callable[[Msg], None], room: Callable[[], int]) -> None:
        """Take the connection, who takes messages, and how many ids would find room."""
        self._link = link
        self._take = take
        self._room = room
        self._inbox = ""
        self._numbers = count()
        self._requests: dict[str, _Request] = {}
        link.returned.append(self._forget)

    async def run(self) -> None:
        """Fetch until cancelled."""
        self._inbox = self._link.client.new_inbox()
        heard = await self._link.client.subscribe(
            f"{self._inbox}.*", cb=self._heard, pending_msgs_limit=-1, pending_bytes_limit=-1
        )
        try:
            async with asyncio.TaskGroup() as lines:
                for _ in range(LINES):
                    lines.create_task(self._line())
        finally:
            if self._link.is_up:
                await heard.unsubscribe()

    async def _line(self) -> None:
        """Ask, wait for the end, and ask again."""
        while True:
            batch = BATCH
            if self._room() <= 0:
                batch = BATCH_WHEN_FULL
                await asyncio.sleep(REST_WHEN_FULL_S)
            if not await self._ask(batch):
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _ask(self, batch: int) -> bool:
        """Make one request; returns whether it came to a good end."""
        loop = asyncio.get_running_loop()
        token = str(next(self._numbers))
        request = self._requests[token] = _Request(batch, loop.time(), loop.create_future())
        wish = {"batch": batch, "expires": EXPIRES_S * _NANOSECONDS, "idle_heartbeat": HEARTBEAT_S * _NANOSECONDS}
        stream = self._link.stream
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer_of(stream)}"
        try:
            if not self._link.is_up:
                return False
            await self._link.client.publish(subject, json.dumps(wish).encode(), reply=f"{self._inbox}.{token}")
            return await self._end_of(request)
        except Error:
            return False
        finally:
            del self._requests[token]

    async def _end_of(self, request: _Request) -> bool:
        loop = asyncio.get_running_loop()
        while (left_s := request.heard_at + SILENT_MAX_S - loop.time()) > 0:
            done, _ = await asyncio.wait([request.ended], timeout=left_s)
            if done:
                return request.ended.result()
        return False

    async def _heard(self, message: Msg) -> None:
        request = self._requests.get(message.subject.rpartition(".")[2])
        status = (message.headers or {}).get("Status")
        if status is None:
            self._take(message)
        if request is None:  # taken for lost, and not
            return
        request.heard_at = asyncio.get_running_loop().time()
        if status is None:
            request.left -= 1
            if not request.left:
                request.end(is_well=True)
        elif status != _HEARTBEAT:
            request.end(is_well=status in _ENDED)
            if status not in _ENDED:  # the consumer is gone, or its stream
                self._link.doubt()

    def _forget(self) -> None:
        """End all requests: the servers know nothing of them after a new connection."""
        for request in self._requests.values():
            request.end(is_well=True)
