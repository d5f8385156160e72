"""Bodies are read in bounded memory."""

import asyncio
from typing import Any

import pytest

from pingpilot.domain.errors import BodyTooLarge, Overloaded
from pingpilot.ingest.call import Bodies, Call, ClientGone, Message


def call(*messages: Message, length: int | None = None) -> Call:
    waiting = list(messages)

    async def receive() -> Message:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()  # type: ignore[return-value]

    headers = [] if length is None else [(b"content-length", b"%d" % length)]
    return Call({"headers": headers}, receive)


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_in_pieces_is_put_together():
    pieces = [part(b"ab", more=True), part(b"", more=True), part(b"c", more=False)]
    assert await Bodies().read(call(*pieces), 3) == b"abc"


@pytest.mark.parametrize(
    "made",
    [
        lambda: call(length=4),
        lambda: call(part(b"abcd", more=False)),
        lambda: call(part(b"ab", more=True), part(b"cd", more=True)),
    ],
)
async def test_a_body_over_the_limit_is_refused_as_soon_as_that_is_known(made: Any):
    with pytest.raises(BodyTooLarge):
        await Bodies().read(made(), 3)


async def test_all_bodies_together_are_held_in_bounded_memory():
    bodies = Bodies(unread_max_bytes=10)
    slow = asyncio.ensure_future(bodies.read(call(part(b"12345678", more=True)), 100))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await bodies.read(call(part(b"1", more=True), part(b"23", more=True)), 100)
    assert await bodies.read(call(part(b"a whole body is not held", more=False)), 100)
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert await bodies.read(call(part(b"1", more=True), part(b"23", more=False)), 100) == b"123"


async def test_a_client_that_goes_away_leaves_nothing_behind():
    bodies = Bodies(unread_max_bytes=2)
    for messages in ([], [part(b"ab", more=True)]):
        with pytest.raises(ClientGone):
            await bodies.read(call(*messages, {"type": "http.disconnect"}), 100)
    assert bodies._room_bytes == 2
