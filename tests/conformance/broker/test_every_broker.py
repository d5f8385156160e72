"""What every broker promises: ids in the order announced, bounded, none handed out twice at a time."""

import asyncio
from collections.abc import Callable

import pytest

from pingpilot.domain.ids import DeliveryId
from pingpilot.queue.broker import Broker
from pingpilot.queue.brokers.embedded import EmbeddedBroker

ROOM = 5
MAKERS: list[Callable[[], Broker]] = [lambda: EmbeddedBroker(capacity=ROOM)]


@pytest.fixture(params=MAKERS, ids=["embedded"])
def broker(request: pytest.FixtureRequest) -> Broker:
    made: Broker = request.param()
    return made


def ids(letters: str) -> list[DeliveryId]:
    return [DeliveryId(letter * 32) for letter in letters]


async def received(broker: Broker, limit: int = 10) -> str:
    async with asyncio.timeout(5):
        return "".join(delivery[0] for delivery in await broker.receive(limit))


async def test_ids_come_in_the_order_announced_and_no_more_than_asked_for(broker: Broker):
    broker.announce(ids("cab"))
    assert await received(broker, 2) == "ca"
    assert await received(broker, 2) == "b"


async def test_who_receives_waits_for_the_first(broker: Broker):
    waiting = asyncio.ensure_future(received(broker))
    await asyncio.sleep(0)
    assert not waiting.done()
    broker.announce(ids("a"))
    assert await waiting == "a"


async def test_of_many_who_wait_each_id_goes_to_one(broker: Broker):
    waiting = [asyncio.ensure_future(received(broker, 1)) for _ in range(3)]
    await asyncio.sleep(0)
    broker.announce(ids("abc"))
    assert sorted(await asyncio.gather(*waiting)) == ["a", "b", "c"]


async def test_who_gets_none_waits_on(broker: Broker):
    waiting = [asyncio.ensure_future(received(broker)) for _ in range(2)]
    await asyncio.sleep(0)
    broker.announce(ids("a"))
    done, still = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [one.result() for one in done] == ["a"]
    broker.announce(ids("b"))
    assert [await one for one in still] == ["b"]


async def test_an_id_on_its_way_is_not_handed_out_again(broker: Broker):
    broker.announce(ids("aa"))
    broker.announce(ids("a"))
    assert await received(broker) == "a"
    broker.announce(ids("ab"))
    assert await received(broker) == "b"


async def test_an_id_that_is_done_may_come_again(broker: Broker):
    broker.announce(ids("a"))
    assert await received(broker) == "a"
    broker.done(ids("a")[0])
    broker.announce(ids("a"))
    assert await received(broker) == "a"


async def test_what_finds_no_room_is_dropped_and_may_come_again(broker: Broker):
    broker.announce(ids("abcdefgh"))
    assert broker.room == 0
    assert await received(broker) == "abcde"
    assert broker.room == 0  # they are on their way still
    for delivery in ids("abcde"):
        broker.done(delivery)
    assert broker.room == ROOM
    broker.announce(ids("fgh"))
    assert await received(broker) == "fgh"


async def test_done_may_be_said_of_what_is_not_held(broker: Broker):
    broker.done(ids("z")[0])
    broker.announce(ids("a"))
    assert await received(broker) == "a"


async def test_one_who_gives_up_waiting_takes_nothing_along(broker: Broker):
    waiting = asyncio.ensure_future(broker.receive(1))
    await asyncio.sleep(0)
    waiting.cancel()
    broker.announce(ids("a"))
    assert await received(broker) == "a"
