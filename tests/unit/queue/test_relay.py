"""The relay: what is due comes to the broker, and what a dead worker held is freed."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DeliveryId, DestinationId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.queue.brokers.embedded import EmbeddedBroker
from pingpilot.queue.lanes import LANE_MAX, MayGo
from pingpilot.queue.relay import POLL, RESCUE_EVERY, Relay
from pingpilot.store import deliveries
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from tests.unit.deliver.sample import NOW
from tests.unit.deliver.swift import swiftly

A, B = DeliveryId("a" * 32), DeliveryId("b" * 32)
HERE, THERE = (Route(DestinationId(number), "webhook", WorkspaceId(number)) for number in (1, 2))


class Store:
    """Has the same deliveries due at every look; away for the next ``away`` looks."""

    def __init__(self) -> None:
        self.due = {HERE: [A]}
        self.away = 0
        self.looks: list[datetime] = []
        self.asked: list[tuple[list[DestinationId], int]] = []
        self.rescues: list[datetime] = []
        self.jumps: list[timedelta] = []

    async def run(self, question: Callable[..., Any], now: datetime, *more: Any) -> list[Any]:
        if question is deliveries.due:
            self.asked.append(more)
            wanted, each = more
            found = {way.destination: pks[:each] for way, pks in self.due.items() if way.destination in wanted}
            return [(destination, pk) for destination, pks in found.items() for pk in pks]
        self.looks.append(now)
        if self.away:
            self.away -= 1
            raise Overloaded
        return list(self.due)

    def submit(self, unit: Any) -> "asyncio.Future[int]":
        if isinstance(unit, deliveries.SetBack):
            self.jumps.append(unit.before - unit.now)
        else:
            self.rescues.append(unit.now)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        answer.set_result(1)
        return answer


def relayed(
    seconds: float,
    store: Store,
    broker: EmbeddedBroker,
    after: Callable[[Relay], None] = lambda _: None,
    may_go: MayGo = lambda _: True,
    jump: timedelta = timedelta(0),
) -> None:
    """Let a relay run for so many seconds; ``after`` gets it in the middle of a pause, and then the clock jumps."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        shifts = [timedelta(0)]
        now = lambda: NOW + timedelta(seconds=loop.time() - begun) + shifts[-1]  # noqa: E731 - a clock
        relay = Relay(broker, (cast("Reader", store), cast("Writer", store)), now, may_go, list)
        running = asyncio.ensure_future(relay.run())
        await asyncio.sleep(POLL.total_seconds() / 10)
        after(relay)
        shifts.append(jump)
        await asyncio.sleep(seconds)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    swiftly(run())


def handed_out(broker: EmbeddedBroker) -> list[DeliveryId]:
    return [delivery for delivery, _ in swiftly(broker.receive(10, lambda _: True))]


def test_what_is_due_is_announced_once_until_it_is_done():
    broker, store = EmbeddedBroker(), Store()
    relayed(3, store, broker)
    assert handed_out(broker) == [A]
    broker.done(A)
    relayed(1, store, broker)
    assert handed_out(broker) == [A]


def test_the_store_is_asked_at_a_steady_pace():
    store = Store()
    relayed(10, store, EmbeddedBroker())
    gaps = [later - earlier for earlier, later in pairwise(store.looks)]
    assert all(timedelta(0) < gap <= POLL * 1.5 for gap in gaps)


def test_a_store_that_is_away_is_asked_again():
    broker, store = EmbeddedBroker(), Store()
    store.away = 3
    relayed(3, store, broker)
    assert handed_out(broker) == [A]


def test_an_address_whose_lane_is_full_is_not_asked_for():
    broker, store = EmbeddedBroker(), Store()
    broker.announce([HERE] * LANE_MAX, [DeliveryId(f"{number:032x}") for number in range(LANE_MAX)])
    store.due = {HERE: [A], THERE: [B]}
    relayed(1, store, broker)
    assert {tuple(destinations) for destinations, _ in store.asked} == {(THERE.destination,)}


def test_what_is_paused_is_not_asked_for():
    store = Store()
    relayed(1, store, EmbeddedBroker(), may_go=lambda way: way is not HERE)
    assert store.looks
    assert store.asked == []


def test_many_addresses_share_the_room():
    store = Store()
    store.due = {Route(DestinationId(number), "webhook", WorkspaceId(1)): [A] for number in range(100)}
    relayed(POLL.total_seconds() / 10, store, EmbeddedBroker(capacity=5_000))
    assert store.asked[0][1] == 50


def test_an_address_that_holds_less_than_its_part_is_asked_for_where_all_is_full():
    broker, store = EmbeddedBroker(capacity=20), Store()
    broker.announce([HERE] * 20, [DeliveryId(f"{number:032x}") for number in range(20)])
    store.due = {HERE: [A], THERE: [B]}
    relayed(1, store, broker)
    assert {tuple(destinations) for destinations, _ in store.asked} == {(THERE.destination,)}
    assert B in handed_out(broker)


def test_leases_that_ran_out_are_freed_every_few_seconds():
    store = Store()
    relayed(30, store, EmbeddedBroker())
    assert 30 / RESCUE_EVERY.total_seconds() - 1 <= len(store.rescues) <= 30 / RESCUE_EVERY.total_seconds()


def test_a_relay_that_is_woken_looks_at_once():
    store = Store()
    relayed(POLL.total_seconds() / 10, store, EmbeddedBroker(), after=Relay.wake)
    assert len(store.looks) == 2


def test_a_clock_that_is_set_back_is_followed_once_and_leases_are_looked_after_as_before():
    store = Store()
    relayed(12, store, EmbeddedBroker(), jump=timedelta(hours=-1))
    (jump,) = store.jumps
    assert timedelta(minutes=59) < jump <= timedelta(hours=1)
    assert len(store.rescues) == 2


def test_a_clock_that_goes_forward_or_hardly_back_is_nothing_special():
    for jump in (timedelta(hours=1), timedelta(seconds=-1)):
        store = Store()
        relayed(3, store, EmbeddedBroker(), jump=jump)
        assert store.jumps == []
