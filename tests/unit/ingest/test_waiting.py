"""Those who wait are told, and leave nothing behind."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.event import EventStatus, NewEvent, Severity
from pingpilot.domain.ids import DeliveryId, EventId, WorkspaceId
from pingpilot.ingest.call import Call, ClientGone, Message
from pingpilot.ingest.waiting import WAITING_MAX, Waiting, seconds_to_wait
from pingpilot.store.endings import Ending, endings
from pingpilot.store.events import Accept
from pingpilot.store.reader import Reader

SALE = NewEvent("sale", None, "{}", Severity.INFO, None, None, None)
TEXT = b'{"message":"m"}'
DONE = Ending(EventStatus.DELIVERED, ())


class Store:
    """Answers which events are final."""

    def __init__(self) -> None:
        self.final: set[EventId] = set()
        self.questions: list[list[EventId]] = []
        self.is_away = False

    async def run(self, question: Callable[..., object], events: list[EventId], *, is_final: bool) -> object:
        assert question is endings
        if self.is_away:
            raise Overloaded
        self.questions.append(list(events))
        return {event: DONE for event in events if event in self.final or not is_final}


def unit(event: str) -> Accept:
    return Accept(
        WorkspaceId(1), 1, None, SALE, (), EventId(event), [DeliveryId("d")], datetime(2026, 1, 1, tzinfo=UTC)
    )


def call(prefer: str, is_gone: asyncio.Event | None = None) -> Call:
    async def receive() -> Message:
        await (is_gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    return Call({"headers": [(b"prefer", prefer.encode())]}, receive)


def room(store: Store) -> Waiting:
    return Waiting(cast("Reader", store), cast("Any", None))


async def test_the_worker_s_word_is_followed_at_once_and_asks_for_that_event_alone():
    store = Store()
    waiting = room(store)
    calls = [asyncio.ensure_future(waiting.answer(call("wait=30"), unit(name), TEXT, None)) for name in "ab"]
    await asyncio.sleep(0)
    store.final.add(EventId("a"))
    waiting.look(EventId("a"))
    waiting.look(EventId("unknown"))
    answer = await asyncio.wait_for(calls[0], 0.2)
    assert b'"status":"DELIVERED"' in answer.body
    assert store.questions[0] == ["a"]
    store.final.add(EventId("b"))
    await asyncio.wait_for(calls[1], 5)  # nobody says so: found by asking for all
    assert not waiting._waiters


async def test_a_store_that_is_away_for_a_while_is_asked_again():
    store = Store()
    store.is_away = True
    waiting = room(store)
    calling = asyncio.ensure_future(waiting.answer(call("wait=30"), unit("a"), TEXT, None))
    await asyncio.sleep(0.3)
    store.is_away, store.final = False, {EventId("a")}
    assert b"DELIVERED" in (await asyncio.wait_for(calling, 5)).body


async def test_a_store_that_stays_away_gets_the_plain_answer():
    store = Store()
    store.is_away = True
    answer = await room(store).answer(call("wait=1"), unit("a"), TEXT, None)
    assert (answer.status, answer.body) == (200, TEXT)


async def test_a_client_that_vanishes_is_forgotten_at_once():
    waiting, is_gone = room(Store()), asyncio.Event()
    calling = asyncio.ensure_future(waiting.answer(call("wait=30", is_gone), unit("a"), TEXT, None))
    await asyncio.sleep(0)
    is_gone.set()
    with pytest.raises(ClientGone):
        await asyncio.wait_for(calling, 5)
    assert not waiting._waiters


async def test_only_so_many_wait_and_the_others_are_answered_at_once():
    waiting = room(Store())
    calls = [
        asyncio.ensure_future(waiting.answer(call("wait=30"), unit(str(n)), TEXT, None)) for n in range(WAITING_MAX)
    ]
    await asyncio.sleep(0)
    assert (await waiting.answer(call("wait=30"), unit("one more"), TEXT, None)).body == TEXT
    await waiting.close()
    assert {answer.body for answer in await asyncio.gather(*calls)} == {TEXT}
    assert not waiting._waiters


async def test_a_server_that_stops_answers_those_who_wait():
    waiting = room(Store())
    calling = asyncio.ensure_future(waiting.answer(call("wait=30"), unit("a"), TEXT, None))
    await asyncio.sleep(0)
    calling.cancel()
    assert (await calling).body == TEXT
    assert not waiting._waiters


async def test_nobody_asks_while_nobody_waits():
    store = Store()
    waiting = room(store)
    store.final.add(EventId("a"))
    calling = asyncio.ensure_future(waiting.answer(call("wait=30"), unit("a"), TEXT, None))
    await calling
    assert waiting._poll is not None
    await asyncio.wait_for(waiting._poll, 5)


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        ([b"wait=1"], 1),
        ([b"wait=30"], 30),
        ([b"respond-async", b"wait=5"], 5),
        ([b"wait=5", b"wait=6"], 5),
        ([b'x="wait=4", wait=5'], 5),
        ([b"wait=0"], None),
        ([b"wait=31"], None),
        ([b"handling=lenient"], None),
        ([], None),
    ],
)
def test_the_preference(values: list[bytes], seconds: int | None):
    assert seconds_to_wait([(b"prefer", value) for value in values] + [(b"other", b"wait=9")]) == seconds
