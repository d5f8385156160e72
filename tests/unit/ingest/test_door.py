"""The door when its parts fail: every client gets its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.event import NewEvent
from pingpilot.domain.ids import EventId, KeyId, WorkspaceId
from pingpilot.domain.plan import SHIPPED
from pingpilot.domain.quota import Month
from pingpilot.ingest.accept import Acceptor
from pingpilot.ingest.authenticate import Caller, KeyIndex
from pingpilot.ingest.call import Bodies
from pingpilot.ingest.door import Door
from pingpilot.ingest.failures import Failures
from pingpilot.ingest.gate import Gate
from pingpilot.ingest.idempotency import Memory
from pingpilot.ingest.key_use import KeyUse
from pingpilot.ingest.single import STALE_TRIES, Single
from pingpilot.ingest.waiting import Waiting
from pingpilot.store.access import Access, Picture
from pingpilot.store.events import Accept, Accepted, Stale

NOW = datetime(2026, 11, 30, 23, 59, 30, tzinfo=UTC)
RIGHT = [{"type": "http.request", "body": b'{"category":"sale"}', "more_body": False}]


class Index:
    """Knows every caller, who is of the plan FREE."""

    def __init__(self) -> None:
        self.picture = Picture(WorkspaceId(1), 1, SHIPPED["FREE"], False, {}, (), Month.of(NOW), 10)

    def known(self, header: bytes | None) -> Caller:
        access = Access(KeyId("k"), b"", None, WorkspaceId(1), frozenset({"events:write"}))
        return Caller(access, self.picture)

    def doubt(self, picture: Picture) -> None:
        self.doubted = picture


class Desk:
    """Answers as told, again and again."""

    def __init__(self, answer: Accepted | Stale | Exception) -> None:
        self.answer = answer
        self.calls = 0

    def check(self, caller: Caller) -> None:
        """Let everyone through."""

    def unit(self, caller: Caller, event: NewEvent, now: datetime) -> Accept:
        return Accept(WorkspaceId(1), 1, None, event, (), EventId("e"), (), now)

    async def accept(self, caller: Caller, unit: Accept) -> Accepted | Stale:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def open_door(desk: Desk, index: Index | None = None) -> Door:
    nothing: Any = None  # no part that these tests reach
    uses = KeyUse(nothing, lambda: NOW)
    gate = Gate(cast("KeyIndex", index or Index()), Failures(lambda: 0.0), uses, lambda: NOW)
    memory, waiting = Memory(nothing, lambda: NOW), Waiting(nothing, nothing)
    offer = "Set up a channel"
    single = Single(gate, Bodies(), cast("Acceptor", desk), memory, waiting, offer, lambda: NOW)
    return Door(gate, single.serve, offer)


async def call(
    door: Door, messages: Sequence[dict[str, Any]] = RIGHT, then: Callable[[], Awaitable[dict[str, Any]]] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send one request; returns status, headers and content. ``then`` is what comes after the messages."""
    waiting, sent = list(messages), []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else await (then or asyncio.Event().wait)()  # type: ignore[return-value]

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer x"), (b"content-length", b"19")]
    await door({"type": "http", "method": "POST", "headers": headers}, receive, send)
    if not sent:
        return 0, {}, None
    start, body = sent
    return (
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        json.loads(body["body"]),
    )


async def test_a_store_that_is_away_is_a_503_that_says_when_to_come_back():
    status, headers, content = await call(open_door(Desk(Overloaded())))
    assert (status, content) == (503, {"message": "The service is restarting. Please retry", "code": "unavailable"})
    assert int(headers["retry-after"]) >= 1


async def test_an_error_of_ours_is_a_500_that_tells_nothing_of_it():
    status, headers, content = await call(open_door(Desk(KeyError("a secret"))))
    assert (status, content) == (500, {"message": "Internal server error", "code": "internal_error"})
    assert headers["ratelimit-limit"] == "100"


async def test_a_workspace_that_never_stands_still_is_a_503():
    desk = Desk(Stale())
    assert (await call(open_door(desk)))[0] == 503
    assert desk.calls == STALE_TRIES


async def test_the_quota_headers_count_this_very_event():
    index = Index()
    desk = Desk(Accepted(11))
    index.picture.used = 11
    _, headers, _ = await call(open_door(desk, index))
    assert {name: headers[name] for name in headers if name.startswith("ratelimit")} == {
        "ratelimit-limit": "100",
        "ratelimit-remaining": "89",
        "ratelimit-reset": "30",
    }


async def test_a_count_of_last_month_is_none_of_this_month():
    index = Index()
    index.picture.month, index.picture.used = Month(2026, 10), 100
    _, headers, _ = await call(open_door(Desk(Overloaded()), index))
    assert headers["ratelimit-remaining"] == "100"


async def test_a_client_that_goes_away_is_not_answered():
    desk = Desk(Stale())
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": b"{", "more_body": True}]
    messages.append({"type": "http.disconnect"})
    assert (await call(open_door(desk), messages))[0] == 0
    assert desk.calls == 0
