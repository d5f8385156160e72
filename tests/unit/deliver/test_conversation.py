"""Carrying a conversation: steps, deadline, and channels that break."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from pingpilot.deliver.conversation import STEPS_MAX, carry
from pingpilot.domain.outcome import Delivered, Transient, Unknown
from pingpilot.domain.wire import Call, Reply

LONG = timedelta(seconds=5)


class Echo:
    """Wires that answer everything with 200, after a wait."""

    def __init__(self, wait_s=0.0):
        self.wait_s = wait_s
        self.said = []

    async def send(self, said):
        self.said.append(said)
        await asyncio.sleep(self.wait_s)
        return Reply(200)


def steps(count):
    for _ in range(count):
        reply = yield Call("GET", "https://example.com/")
        assert reply.is_ok
    return Delivered("1")


@pytest.mark.parametrize("count", [0, 1, 3, STEPS_MAX])
async def test_a_conversation_ends_in_its_outcome(count):
    wires = Echo()
    assert await carry(steps(count), wires, LONG) == Delivered("1", code="200" if count else "")
    assert len(wires.said) == count


async def test_a_code_that_the_channel_gives_stays():
    def telling():
        yield Call("GET", "https://example.com/")
        return Delivered("1", code="queued")

    assert (await carry(telling(), Echo(), LONG)).code == "queued"


async def test_a_conversation_without_end_is_cut():
    wires = Echo()
    outcome = await carry(steps(1000), wires, LONG)
    assert (type(outcome), outcome.code, len(wires.said)) == (Unknown, "too_many_steps", STEPS_MAX)


async def test_the_deadline_makes_what_was_said_unknown():
    outcome = await carry(steps(1), Echo(wait_s=30), timedelta(seconds=0.05))
    assert (type(outcome), outcome.code) == (Unknown, "deadline")


async def test_a_channel_that_breaks_before_it_speaks_is_transient():
    def broken():
        raise KeyError("secret")
        yield

    outcome = await carry(broken(), Echo(), LONG)
    assert outcome == Transient("An internal error ended the attempt.", "KeyError")


async def test_a_channel_that_breaks_after_it_spoke_is_unknown():
    def broken():
        yield Call("GET", "https://example.com/")
        raise TimeoutError

    outcome = await carry(broken(), Echo(), LONG)
    assert (type(outcome), outcome.code) == (Unknown, "TimeoutError")


async def test_a_channel_without_an_outcome_is_broken():
    def silent():
        yield Call("GET", "https://example.com/")

    assert (await carry(silent(), Echo(), LONG)).code == "TypeError"


async def test_a_channel_is_closed_when_the_attempt_is_cancelled():
    ended = []

    def channel():
        try:
            yield Call("GET", "https://example.com/")
        finally:
            ended.append(True)

    task = asyncio.create_task(carry(channel(), Echo(wait_s=30), LONG))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended


async def test_a_channel_that_refuses_to_end_is_thrown_away():
    def stubborn():
        with suppress(GeneratorExit):
            for _ in range(100):
                yield Call("GET", "https://example.com/")
        yield Call("GET", "https://example.com/")

    assert (await carry(stubborn(), Echo(), LONG)).code == "too_many_steps"
