"""A message leaves the stream once what became of its ids is committed; until then it is one living worker's."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import pytest

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.nats.broker import NatsBroker
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.custody import Custody
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.stream import consumer_of
from tests.servers.nats import Node

HERE = Route(DestinationId(1), "webhook", WorkspaceId(1))
PATIENCE_S = 20
NEVER_S = 1_000
SOON_S = 1
"""After which the stream hands a message to another, in place of a minute."""
_numbers = count()


@pytest.fixture
def stream() -> str:
    return f"custody-{os.getpid()}-{next(_numbers)}"


def made(node: Node, stream: str, extended_every_s: float = NEVER_S) -> NatsBroker:
    custody = Custody(time.monotonic, extended_every_s)
    return NatsBroker(Link(Choices([node.url], stream, 1)), str(time.monotonic_ns()), time.monotonic, custody=custody)


@asynccontextmanager
async def started(broker: NatsBroker) -> AsyncIterator[NatsBroker]:
    await broker.start(receives=True)
    yield broker
    await broker.stop()


def ids(letters: str) -> list[DeliveryId]:
    return [DeliveryId(f"{ord(letter):032x}") for letter in letters]


async def received(broker: NatsBroker, how_many: int, within_s: float = PATIENCE_S) -> str:
    taken = ""
    async with asyncio.timeout(within_s):
        while len(taken) < how_many:
            taken += "".join(chr(int(delivery, 16)) for delivery, _ in await broker.receive(100, lambda _: True))
    return taken


async def held_becomes(broker: NatsBroker, messages: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while sum(await broker.backlog()) != messages:  # noqa: ASYNC110 - only the server knows
            await asyncio.sleep(0.02)


async def soon_handed_on(broker: NatsBroker, stream: str) -> None:
    """Have the stream wait for a worker's word for a second; whoever starts sets this right again."""
    jetstream = broker._link.jetstream
    found = (await jetstream.consumer_info(stream, consumer_of(stream))).config
    await jetstream.add_consumer(stream, found.evolve(ack_wait=SOON_S))


async def test_what_was_attempted_stays_until_what_became_of_it_is_committed(nats: Node, stream: str):
    async with started(made(nats, stream)) as broker:
        broker.announce([HERE] * 3, ids("abc"))
        assert await received(broker, 3) == "abc"
        for delivery in ids("abc"):
            broker.done(delivery)
        for delivery in ids("ab"):
            broker.settled(delivery)
        await asyncio.sleep(0.3)
        assert sum(await broker.backlog()) == 1
        broker.settled(ids("c")[0])
        await held_becomes(broker, 0)


async def test_what_is_held_at_a_stop_goes_to_another_at_once(nats: Node, stream: str):
    first, second = made(nats, stream), made(nats, stream)
    async with started(first):
        first.announce([HERE] * 3, ids("abc"))
        assert await received(first, 3) == "abc"
        first.done(ids("a")[0])
    async with started(second):
        assert await received(second, 3, within_s=10) == "abc"


async def test_what_a_worker_says_nothing_of_goes_to_another(nats: Node, stream: str):
    async with started(made(nats, stream)) as first:
        first.announce([HERE], ids("a"))
        assert await received(first, 1) == "a"
        first._fetching[0].cancel()  # as one that stands still
        async with started(made(nats, stream)) as second:
            await soon_handed_on(second, stream)
            assert await received(second, 1) == "a"


async def test_what_a_worker_holds_for_long_stays_its_own(nats: Node, stream: str):
    async with started(made(nats, stream, SOON_S / 4)) as first:
        first.announce([HERE], ids("a"))
        assert await received(first, 1) == "a"
        async with started(made(nats, stream, SOON_S / 4)) as second:
            await soon_handed_on(second, stream)
            with pytest.raises(TimeoutError):
                await received(second, 1, within_s=SOON_S * 4)
        first.done(ids("a")[0])
        first.settled(ids("a")[0])
        await held_becomes(first, 0)
