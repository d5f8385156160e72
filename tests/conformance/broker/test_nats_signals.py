"""What one process says the others hear, and nobody waits for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from pingpilot.queue.brokers.nats.choices import Choices
from pingpilot.queue.brokers.nats.link import Link
from pingpilot.queue.brokers.nats.signals import WORDS_MAX, NatsSignals
from pingpilot.queue.signals import Kind
from tests.servers.nats import Node


class Ear:
    def __init__(self, signals: NatsSignals) -> None:
        self.words: list[str] = []
        self._nudge = asyncio.Event()
        signals.hear(Kind.CHANGED, self._hear)

    def _hear(self, word: str) -> None:
        self.words.append(word)
        self._nudge.set()

    async def has_heard(self, count: int) -> list[str]:
        async with asyncio.timeout(10):
            while len(self.words) < count:
                self._nudge.clear()
                await self._nudge.wait()
        return self.words


@asynccontextmanager
async def speaking(node: Node) -> AsyncIterator[NatsSignals]:
    link = Link(Choices([node.url], "signals", 1))
    await link.open()
    signals = NatsSignals(link)
    running = asyncio.ensure_future(signals.run())
    await link.client.flush()
    yield signals
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await link.close()


@pytest.fixture
async def three(nats: Node) -> AsyncIterator[list[NatsSignals]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(speaking(nats)) for _ in range(3)]


async def test_what_one_says_all_others_hear_and_it_does_not(three: list[NatsSignals]):
    ears = [Ear(one) for one in three]
    three[0].say(Kind.CHANGED, "7")
    assert await ears[1].has_heard(1) == ["7"]
    assert await ears[2].has_heard(1) == ["7"]
    assert ears[0].words == []


async def test_the_same_word_of_a_moment_is_said_once(three: list[NatsSignals]):
    ear = Ear(three[1])
    for _ in range(100):
        three[0].say(Kind.CHANGED, "7")
        three[0].say(Kind.STIRRED, "8")
    three[0].say(Kind.CHANGED, "9")
    assert sorted(await ear.has_heard(2)) == ["7", "9"]


async def test_what_is_said_at_once_is_bounded(three: list[NatsSignals]):
    ear = Ear(three[1])
    for number in range(WORDS_MAX * 2):
        three[0].say(Kind.CHANGED, str(number))
    await ear.has_heard(WORDS_MAX)
    three[0].say(Kind.CHANGED, "last")
    assert (await ear.has_heard(WORDS_MAX + 1))[-1] == "last"


async def test_what_is_not_understood_is_passed_over(three: list[NatsSignals]):
    ear = Ear(three[1])
    client = three[0]._link.client
    for subject, data in (("changed", b"\xff"), ("changed", b'{"a": 1}'), ("unheard", b"[]"), ("changed", b"[5]")):
        await client.publish(f"signals.signal.{subject}", data)
    three[0].say(Kind.CHANGED, "7")
    assert (await ear.has_heard(1))[-1] == "7"
