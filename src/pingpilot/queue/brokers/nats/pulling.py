"""Fetching: a worker asks for many messages at a time, and again before it has had them all.

The client's own ``fetch`` waits for a whole batch or its time, which is long for the first of them; so the same
requests are made here, and each message is taken as it comes. Source: NATS, JetStream wire API, pull consumers.
"""

import asyncio
import json
from collections.abc import Callable

from nats.aio.msg import Msg
from nats.errors import Error

from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.stream import consumer_of

BATCH = 128
"""Messages asked for at a time."""
LINES = 2
"""Requests at a time: while one comes to its end, the other is there already."""
EXPIRES_S, HEARTBEAT_S = 20, 1
SILENT_MAX_S = 2.5
"""Without a message or a heartbeat; then the request is taken for lost: as where the server that knew it is gone."""
BATCH_WHEN_FULL, REST_WHEN_FULL_S = 16, 0.05
"""Where there is no room: what is fetched takes the room of those who hold much, or goes back to the store."""
AGAIN_AFTER_S = 0.5
"""After a request that was refused."""

_NANOSECONDS = 1_000_000_000
_HEARTBEAT = "100"
_ENDED = frozenset({"404", "408"})
"""The statuses of a request that came to its end: nothing there, or its time is over."""


class Puller:
    """Lives on one event loop; fetches while ``run`` runs."""

    def __init__(self, link: Link, take: Callable[[Msg], None], room: Callable[[], int]) -> None:
        """Take the connection, who takes messages, and how many ids would find room."""
        self._lines = [_Line(link, take, room) for _ in range(LINES)]

    async def run(self) -> None:
        """Fetch until cancelled."""
        async with asyncio.TaskGroup() as lines:
            for line in self._lines:
                lines.create_task(line.run())


class _Line:
    """One request at a time, over a subscription of its own: a message does not say which request it answers."""

    def __init__(self, link: Link, take: Callable[[Msg], None], room: Callable[[], int]) -> None:
        self._link = link
        self._take = take
        self._room = room
        self._left = 0
        self._heard_at = 0.0
        self._ended: asyncio.Future[bool] | None = None
        link.returned.append(self._forget)

    async def run(self) -> None:
        """Ask, wait for the end, and ask again; until cancelled."""
        client = self._link.client
        inbox = client.new_inbox()
        heard = await client.subscribe(inbox, cb=self._heard, pending_msgs_limit=-1, pending_bytes_limit=-1)
        try:
            while True:
                batch = BATCH
                if self._room() <= 0:
                    batch = BATCH_WHEN_FULL
                    await asyncio.sleep(REST_WHEN_FULL_S)
                if not await self._ask(batch, inbox):
                    await asyncio.sleep(AGAIN_AFTER_S)
        finally:
            if self._link.is_up:
                await heard.unsubscribe()

    async def _ask(self, batch: int, inbox: str) -> bool:
        """Make one request; returns whether it came to a good end."""
        loop = asyncio.get_running_loop()
        self._left, self._heard_at, self._ended = batch, loop.time(), loop.create_future()
        wish = {"batch": batch, "expires": EXPIRES_S * _NANOSECONDS, "idle_heartbeat": HEARTBEAT_S * _NANOSECONDS}
        stream = self._link.stream
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer_of(stream)}"
        if not self._link.is_up:
            return False
        try:
            await self._link.client.publish(subject, json.dumps(wish).encode(), reply=inbox)
        except Error:
            return False
        while (left_s := self._heard_at + SILENT_MAX_S - loop.time()) > 0:
            done, _ = await asyncio.wait([self._ended], timeout=left_s)
            if done:
                return self._ended.result()
        return False

    async def _heard(self, message: Msg) -> None:
        """Hear a message, or of the request itself; what belongs to one before only makes the next come sooner."""
        self._heard_at = asyncio.get_running_loop().time()
        status = (message.headers or {}).get("Status")
        if status is None:
            self._take(message)
            self._left -= 1
            if self._left <= 0:
                self._end(is_well=True)
        elif status != _HEARTBEAT:
            self._end(is_well=status in _ENDED)
            if status not in _ENDED:  # the consumer is gone, or its stream
                self._link.doubt()

    def _end(self, *, is_well: bool) -> None:
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(is_well)

    def _forget(self) -> None:
        """End the request: the servers know nothing of it after a new connection."""
        self._end(is_well=True)
