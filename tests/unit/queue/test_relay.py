"""The relay: what is due comes to the broker, and what a dead worker held is freed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DeliveryId
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.queue.relay import POLL, RESCUE_EVERY, WORTHWHILE, Relay
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from tests.unit.deliver.sample import NOW
from tests.unit.deliver.swift import swiftly

A, B = DeliveryId("a" * 32), DeliveryId("b" * 32)


class Store:
    """Has the same deliveries due at every look; away for the next ``away`` questions."""

    def __init__(self) -> None:
        self.due = [A]
        self.away = 0
        self.looks: list[tuple[datetime, int]] = []
        self.rescues: list[datetime] = []

    async def run(self, question: Callable[..., Any], now: datetime, limit: int) -> list[DeliveryId]:
        self.looks.append((now, limit))
        if self.away:
            self.away -= 1
            raise Overloaded
        return self.due[:limit]

    def submit(self, unit: Any) -> "asyncio.Future[int]":
        self.rescues.append(unit.now)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        answer.set_result(1)
        return answer


def relayed(
    seconds: float, store: Store, broker: EmbeddedBroker, after: Callable[[Relay], None] = lambda _: None
) -> None:
    """Let a relay run for so many seconds; ``after`` gets it in the middle of a pause."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        now = lambda: NOW + timedelta(seconds=loop.time() - begun)  # noqa: E731 - a clock
        relay = Relay(broker, cast("Reader", store), cast("Writer", store), now)
        running = asyncio.ensure_future(relay.run())
        await asyncio.sleep(POLL.total_seconds() / 10)
        after(relay)
        await asyncio.sleep(seconds)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    swiftly(run())


def test_what_is_due_is_announced_once_until_it_is_done():
    broker, store = EmbeddedBroker(), Store()
    relayed(3, store, broker)
    assert swiftly(broker.receive(10)) == [A]
    broker.done(A)
    relayed(1, store, broker)
    assert swiftly(broker.receive(10)) == [A]


def test_the_store_is_asked_at_a_steady_pace():
    store = Store()
    relayed(10, store, EmbeddedBroker())
    gaps = [later[0] - earlier[0] for earlier, later in zip(store.looks, store.looks[1:], strict=False)]
    assert all(timedelta(0) < gap <= POLL * 1.5 for gap in gaps)


def test_a_store_that_is_away_is_asked_again():
    broker, store = EmbeddedBroker(), Store()
    store.away = 3
    relayed(3, store, broker)
    assert swiftly(broker.receive(10)) == [A]


def test_a_full_broker_is_not_fed():
    broker, store = EmbeddedBroker(capacity=WORTHWHILE), Store()
    broker.announce([B])
    relayed(3, store, broker)
    assert store.looks == []


def test_no_more_is_asked_for_than_finds_room():
    store = Store()
    relayed(1, store, EmbeddedBroker(capacity=WORTHWHILE + 5))
    assert store.looks[0][1] == WORTHWHILE + 5


def test_leases_that_ran_out_are_freed_every_few_seconds():
    store = Store()
    relayed(30, store, EmbeddedBroker())
    assert 30 / RESCUE_EVERY.total_seconds() - 1 <= len(store.rescues) <= 30 / RESCUE_EVERY.total_seconds()


def test_a_relay_that_is_woken_looks_at_once():
    store = Store()
    relayed(POLL.total_seconds() / 10, store, EmbeddedBroker(), after=Relay.wake)
    assert len(store.looks) == 2
