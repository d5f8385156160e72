"""What every broker promises: an address's ids in the order announced, bounded, none handed out twice at a time."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from itertools import count

import pytest

from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.broker import Broker
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.queue.brokers.nats.broker import NatsBroker
from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.lanes import MayGo
from tests.servers.nats import Node

ROOM = 5
_numbers = count()


@pytest.fixture(params=["embedded", "nats"])
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    made: Broker = EmbeddedBroker(capacity=ROOM) if request.param == "embedded" else _on(request)
    await made.start(receives=True)
    yield made
    await made.stop()


def _on(request: pytest.FixtureRequest) -> NatsBroker:
    node: Node = request.getfixturevalue("nats")
    name = f"conformance-{os.getpid()}-{next(_numbers)}"
    return NatsBroker(Link(Choices([node.url], name, 1)), name, time.monotonic, capacity=ROOM)


def ids(letters: str) -> list[DeliveryId]:
    return [DeliveryId(f"{ord(letter):032x}") for letter in letters]


def route(destination: int, workspace: int = 1) -> Route:
    return Route(DestinationId(destination), "webhook", WorkspaceId(workspace))


def announce(broker: Broker, letters: str, way: Route = route(1)) -> None:  # noqa: B008 - it is frozen
    broker.announce([way] * len(letters), ids(letters))


async def received(broker: Broker, limit: int = 10, may_go: MayGo = lambda _: True) -> str:
    async with asyncio.timeout(5):
        return "".join(chr(int(delivery, 16)) for delivery, _ in await broker.receive(limit, may_go))


async def nothing_comes(broker: Broker) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await broker.receive(1, lambda _: True)


async def test_ids_come_in_the_order_announced_and_no_more_than_asked_for(broker: Broker):
    announce(broker, "cab")
    assert await received(broker, 2) == "ca"
    assert await received(broker, 2) == "b"


async def test_who_receives_waits_for_the_first(broker: Broker):
    waiting = asyncio.ensure_future(received(broker))
    await asyncio.sleep(0)
    assert not waiting.done()
    announce(broker, "a")
    assert await waiting == "a"


async def test_of_many_who_wait_each_id_goes_to_one(broker: Broker):
    waiting = [asyncio.ensure_future(received(broker, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    announce(broker, "abc")
    assert sorted(await asyncio.gather(*waiting)) == ["a", "b", "c"]


async def test_who_gets_none_waits_on(broker: Broker):
    waiting = [asyncio.ensure_future(received(broker)) for _ in range(2)]
    await asyncio.sleep(0)
    announce(broker, "a")
    done, still = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [one.result() for one in done] == ["a"]
    announce(broker, "b")
    assert [await one for one in still] == ["b"]


async def test_an_id_on_its_way_is_not_handed_out_again(broker: Broker):
    announce(broker, "aa")
    announce(broker, "a")
    assert await received(broker) == "a"
    announce(broker, "ab")
    assert await received(broker) == "b"


async def test_an_id_that_is_done_may_come_again(broker: Broker):
    announce(broker, "a")
    assert await received(broker) == "a"
    broker.done(ids("a")[0])
    announce(broker, "a")
    assert await received(broker) == "a"


async def test_what_finds_no_room_is_dropped_and_may_come_again(broker: Broker):
    announce(broker, "abc")
    announce(broker, "defgh", route(2))
    taken = await received(broker)
    while len(taken) < ROOM:
        taken += await received(broker)
    assert sorted(taken) == sorted("abcde")
    await nothing_comes(broker)  # they are on their way still
    for delivery in ids("abcde"):
        broker.done(delivery)
    announce(broker, "fgh")
    assert await received(broker) == "fgh"


async def test_how_much_may_be_announced_is_bounded(broker: Broker):
    room = broker.room
    assert room >= ROOM
    announce(broker, "abc")
    assert broker.room == room - 3
    assert broker.room_on(DestinationId(7)) > 0


async def test_what_is_announced_once_more_while_it_is_under_way_is_handed_out_once(broker: Broker):
    broker.remind([route(1)] * 2, ids("ab"))
    broker.remind([route(1)] * 2, ids("ab"))
    announce(broker, "bc")
    taken = await received(broker)
    while len(taken) < 3:
        taken += await received(broker)
    assert taken == "abc"
    await nothing_comes(broker)


async def test_done_may_be_said_of_what_is_not_held(broker: Broker):
    broker.done(ids("z")[0])
    announce(broker, "a")
    assert await received(broker) == "a"


async def test_one_who_gives_up_waiting_takes_nothing_along(broker: Broker):
    waiting = asyncio.ensure_future(broker.receive(1, lambda _: True))
    await asyncio.sleep(0)
    waiting.cancel()
    announce(broker, "a")
    assert await received(broker) == "a"


async def test_one_workspace_with_much_to_send_is_in_nobodys_way(broker: Broker):
    announce(broker, "abc", route(1))
    announce(broker, "z", route(9, workspace=2))
    assert await received(broker, 2) == "az"


async def test_what_may_not_go_waits_while_others_pass(broker: Broker):
    announce(broker, "ab", route(1))
    announce(broker, "c", route(2))
    assert await received(broker, may_go=lambda way: way.destination == 2) == "c"
    assert await received(broker) == "ab"


async def test_what_may_go_again_is_handed_out_without_a_further_announcement(broker: Broker):
    announce(broker, "a")
    answers = iter([False, False, True])
    assert await received(broker, may_go=lambda _: next(answers, True)) == "a"
