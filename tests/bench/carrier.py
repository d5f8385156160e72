"""One end of the hand-over: ``python -m tests.bench.carrier <give|take> <url> <stream> <ids> <together>``.

Prints how long its work took, and how much processor time. The taker says ``ready`` first, and stops at so many ids.
"""

import asyncio
import json
import sys
import time

import uvloop

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.nats.broker import NatsBroker
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.link import Link

ADDRESSES = 300
TAKEN_AT_ONCE = 64
ROOM_LEFT = 10_000
PATIENCE = 30_000
"""Milliseconds."""


async def _give(broker: NatsBroker, ids: int, together: int) -> None:
    """Announce in portions, as commits do."""
    routes = [Route(DestinationId(number), "webhook", WorkspaceId(number % 30)) for number in range(ADDRESSES)]
    for start in range(0, ids, together):
        numbers = range(start, min(start + together, ids))
        broker.announce(
            [routes[number % ADDRESSES] for number in numbers], [DeliveryId(f"{number:032x}") for number in numbers]
        )
        await asyncio.sleep(0)
        await _room(broker)


async def _room(broker: NatsBroker) -> None:
    """Wait for room: a relay would bring what is dropped, and here it would be missing."""
    for _ in range(PATIENCE):
        if broker.room >= ROOM_LEFT:
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


async def _take(broker: NatsBroker, ids: int) -> None:
    taken = 0
    while taken < ids:
        for delivery, _ in await broker.receive(TAKEN_AT_ONCE, lambda _: True):
            broker.done(delivery)
            broker.settled(delivery)
            taken += 1


async def _main(way: str, url: str, stream: str, ids: int, together: int) -> None:
    broker = NatsBroker(Link(Choices([url], stream, 1)), way, time.monotonic, capacity=ids)
    await broker.start(receives=way == "take")
    print("ready", flush=True)
    begun, used = time.monotonic(), time.process_time()
    if way == "give":
        await _give(broker, ids, together)
    else:
        await _take(broker, ids)
    await broker.stop()
    print(json.dumps({"begun": begun, "ended": time.monotonic(), "cpu_s": time.process_time() - used}))


if __name__ == "__main__":
    _way, _url, _stream, _ids, _together = sys.argv[1:]
    uvloop.run(_main(_way, _url, _stream, int(_ids), int(_together)))
