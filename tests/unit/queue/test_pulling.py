"""Fetching: the next request is made when the one before has come to its end, and not a moment later."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from nats.aio.msg import Msg

from pingpilot.queue.bell import Bell
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.pulling import BATCH, LINES, SILENT_MAX_S, Puller


class Client:
    """Keeps what is published, and the callback of each subscription."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.callbacks: list[Callable[[Msg], Awaitable[None]]] = []
        self._bell = Bell()

    def new_inbox(self) -> str:
        return f"_INBOX.{len(self.callbacks)}"

    async def subscribe(self, _subject: str, *, cb: Callable[[Msg], Awaitable[None]], **_: Any) -> "Client":
        self.callbacks.append(cb)
        return self

    async def unsubscribe(self) -> None:
        self.callbacks.clear()

    async def publish(self, _subject: str, _data: bytes, reply: str) -> None:
        self.asked.append(reply)
        self._bell.ring()

    async def rung(self, count: int) -> None:
        while len(self.asked) < count:
            await self._bell.heard(None)


class Wire:
    """A link that is up."""

    is_up, stream = True, "mine"

    def __init__(self) -> None:
        self.client = Client()
        self.returned: list[Callable[[], None]] = []
        self.doubts = 0

    def doubt(self) -> None:
        self.doubts += 1


def message(status: str = "") -> Msg:
    headers = {"Status": status} if status else None
    return Msg(cast("Any", None), "mine.due.webhook", "", b"", headers)


@pytest.fixture
def wire() -> Wire:
    return Wire()


async def fetching(wire: Wire, taken: list[Msg]) -> "asyncio.Task[None]":
    task = asyncio.ensure_future(Puller(cast("Link", wire), taken.append, lambda: 1).run())
    await asked(wire, LINES)
    return task


async def asked(wire: Wire, count: int) -> None:
    """Wait until so many requests were made, for less than the time after which one is taken for lost."""
    async with asyncio.timeout(SILENT_MAX_S / 2):
        await wire.client.rung(count)


async def test_who_was_given_all_that_was_asked_for_asks_again_at_once(wire: Wire):
    taken: list[Msg] = []
    task = await fetching(wire, taken)
    for _ in range(BATCH):
        await wire.client.callbacks[0](message())
    await asked(wire, LINES + 1)
    assert len(taken) == BATCH
    assert wire.client.asked[-1] == wire.client.asked[0]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("status", ["404", "408"])
async def test_a_request_whose_time_is_over_is_made_again_at_once(wire: Wire, status: str):
    task = await fetching(wire, [])
    await wire.client.callbacks[0](message("100"))
    await wire.client.callbacks[0](message(status))
    await asked(wire, LINES + 1)
    assert not wire.doubts
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_consumer_that_is_gone_makes_the_stream_doubtful(wire: Wire):
    task = await fetching(wire, [])
    await wire.client.callbacks[0](message("409"))
    assert wire.doubts == 1
    await asked(wire, LINES + 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_all_is_asked_for_anew_over_a_new_connection(wire: Wire):
    task = await fetching(wire, [])
    for listener in wire.returned:
        listener()
    await asked(wire, LINES * 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
