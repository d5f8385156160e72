"""Workers hear how many they are, and of one that ends."""

import asyncio
from contextlib import suppress

from pingpilot.queue.brokers.nats.signals import NatsSignals
from pingpilot.queue.crew import GONE_AFTER_S, KNOWN_MAX, Crew
from pingpilot.queue.signals import Silence
from tests.conformance.broker.test_nats_signals import three

__all__ = ["three"]


class Watch:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


async def all_are(count: int, crews: list[Crew]) -> None:
    async with asyncio.timeout(10):
        while {crew.size() for crew in crews} != {count}:  # noqa: ASYNC110 - what arrives by the network rings no bell here
            await asyncio.sleep(0.02)


async def test_each_hears_how_many_there_are(three: list[NatsSignals]):
    watch = Watch()
    crews = [Crew(signals, f"worker-{number}", watch) for number, signals in enumerate(three)]
    assert [crew.size() for crew in crews] == [1, 1, 1]
    running = [asyncio.ensure_future(crew.run()) for crew in crews]
    await all_are(3, crews)
    running[0].cancel()
    with suppress(asyncio.CancelledError):
        await running[0]
    await asyncio.sleep(0.2)  # what it said last is heard
    watch.time += GONE_AFTER_S + 1
    await all_are(2, crews[1:])
    for one in running:
        one.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def test_alone_there_is_one_and_no_more_are_known_than_fit():
    crew = Crew(Silence(), "me", Watch())
    assert crew.size() == 1
    for number in range(KNOWN_MAX * 2):
        crew._hear(str(number))
    assert crew.size() == 1 + KNOWN_MAX
