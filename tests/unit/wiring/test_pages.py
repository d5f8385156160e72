"""The door of the control plane: whole requests in, answers out, and slow clients hold up nobody."""

import asyncio
from typing import Any, cast

import pytest
from django.core import exceptions

from pingpilot.domain.errors import InvalidKey, Overloaded, PingPilotError, RequestTimeout
from pingpilot.ingest.call import Call, Message
from pingpilot.ingest.gate import Gate
from pingpilot.ingest.turns import Bounds
from pingpilot.wiring.exchange import Receive, Scope, Send
from pingpilot.wiring.pages import FORM_MAX_BYTES, HELD_MAX_BYTES, Pages

RIGHT = b"Bearer right"


class Sentry:
    """Knows one key, and counts those who are slowed."""

    def __init__(self) -> None:
        self.slowed = 0

    async def identify(self, call: Call) -> None:
        if call.head[b"authorization"] == b"Bearer nobody knows":
            raise Overloaded
        if call.head[b"authorization"] != RIGHT:
            raise InvalidKey

    async def slow(self, call: Call) -> None:
        self.slowed += 1


class Django:
    """Says what it is told to, once it may, and remembers the bodies it was given."""

    def __init__(self, *said: dict[str, Any]) -> None:
        self.said = said or ({"type": "http.response.start", "status": 200}, part(b"done"))
        self.bodies: list[bytes] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.bodies.append((await receive())["body"])
        await self.may_answer.wait()
        for message in self.said:
            await send(message)


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Client:
    """Sends pieces of a body, and reads the answer while it may."""

    def __init__(self, *pieces: bytes, length: int | None = None, authorization: bytes = b"") -> None:
        self.pieces = list(pieces) or [b""]
        self.ending: Exception | str = ""
        self.headers = [] if length is None else [(b"content-length", b"%d" % length)]
        if authorization:
            self.headers.append((b"authorization", authorization))
        self.reads = asyncio.Event()
        self.reads.set()
        self.status = 0
        self.answer_headers: dict[bytes, bytes] = {}
        self.body = b""

    async def ask(self, pages: Pages, path: str, method: str = "POST") -> "Client":
        scope = {"type": "http", "path": path, "method": method, "headers": self.headers}
        await pages(scope, self._receive, self._send)
        return self

    async def _receive(self) -> Message:
        if isinstance(self.ending, Exception) and not self.pieces:
            raise self.ending
        if self.ending and not self.pieces:
            return {"type": self.ending}
        piece = self.pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(self.pieces or self.ending)}

    async def _send(self, message: Any) -> None:
        await self.reads.wait()
        self.status = message.get("status", self.status)
        self.answer_headers.update(message.get("headers", ()))
        self.body += message.get("body", b"")


def open_pages(django: Django, sentry: Sentry | None = None, turns: Bounds | None = None) -> Pages:
    def page(status: int, error: PingPilotError) -> bytes:
        return f"<h1>{status} {error.message}</h1>".encode()

    return Pages(django, cast("Gate", sentry or Sentry()), page, turns or Bounds(2, 2, 9))


async def test_a_body_in_pieces_is_given_whole():
    django = Django()
    client = await Client(b"a", b"", b"bc").ask(open_pages(django), "/sign-up")
    assert (client.status, client.body, django.bodies) == (200, b"done", [b"abc"])


@pytest.mark.parametrize(("path", "limit"), [("/api/v1/keys", 65_536), ("/sign-up", FORM_MAX_BYTES)])
async def test_a_body_over_the_limit_never_comes_in(path: str, limit: int):
    django = Django()
    pages = open_pages(django)
    for client in (Client(length=limit + 1), Client(b"x" * (limit + 1)), Client(b"x" * limit, b"x")):
        await client.ask(pages, path)
        assert client.status == 413
        assert f"Request body too large (limit {limit} bytes)".encode() in client.body
    assert not django.bodies
    assert (await Client(b"x" * limit).ask(pages, path)).status == 200


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/keys", b"application/json"), ("/sign-up", b"text/html; charset=utf-8")]
)
async def test_machines_are_refused_in_json_and_people_on_a_page(path: str, kind: bytes):
    client = Client(b"half")
    client.ending = RequestTimeout()
    await client.ask(open_pages(Django()), path)
    assert (client.status, client.answer_headers[b"content-type"]) == (408, kind)
    assert b"The request did not arrive within 30 seconds" in client.body
    assert client.answer_headers[b"content-length"] == b"%d" % len(client.body)


async def test_a_client_that_goes_away_is_not_answered():
    client, django = Client(b"half"), Django()
    client.ending = "http.disconnect"
    assert (await client.ask(open_pages(django), "/sign-up")).status == 0
    assert not django.bodies


async def test_only_so_many_are_in_work_and_in_line():
    django = Django()
    pages = open_pages(django)
    django.may_answer.clear()
    inside = [asyncio.ensure_future(Client().ask(pages, "/")) for _ in range(4)]
    await asyncio.sleep(0)
    late = await Client().ask(pages, "/")
    assert (late.status, late.answer_headers[b"retry-after"]) == (503, b"2")
    assert len(django.bodies) == 2
    django.may_answer.set()
    assert [client.status for client in await asyncio.gather(*inside)] == [200] * 4


async def test_a_body_that_comes_slowly_takes_no_turn():
    django = Django()
    pages = open_pages(django, turns=Bounds(1, 0, 9))
    slow, whole = Client(b"half"), asyncio.Event()

    async def wait() -> Message:
        await whole.wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    slow._receive = wait  # type: ignore[method-assign]  # this client only
    task = asyncio.ensure_future(slow.ask(pages, "/"))
    await asyncio.sleep(0)
    assert (await Client().ask(pages, "/")).status == 200
    whole.set()
    assert (await task).status == 200


async def test_an_answer_that_is_read_slowly_holds_no_turn():
    pages = open_pages(Django(), turns=Bounds(1, 0, 9))
    slow = Client()
    slow.reads.clear()
    task = asyncio.ensure_future(slow.ask(pages, "/"))
    await asyncio.sleep(0)
    assert (await Client().ask(pages, "/")).status == 200
    slow.reads.set()
    assert (await task).body == b"done"


async def test_a_long_answer_is_not_held_in_memory():
    piece = b"x" * (HELD_MAX_BYTES // 4)
    django = Django({"type": "http.response.start", "status": 200}, *[part(piece, more=True)] * 9, part(b""))
    pages = open_pages(django, turns=Bounds(1, 0, 9))
    slow = Client()
    slow.reads.clear()
    task = asyncio.ensure_future(slow.ask(pages, "/"))
    await asyncio.sleep(0)
    assert (await Client().ask(pages, "/")).status == 503  # the turn lasts as long as it is made
    slow.reads.set()
    assert (await task).body == piece * 9


async def test_a_guess_comes_no_further_than_the_door():
    django, sentry = Django(), Sentry()
    pages = open_pages(django, sentry)
    guess = await Client(authorization=b"Bearer guess").ask(pages, "/api/v1/keys")
    assert (guess.status, guess.answer_headers[b"www-authenticate"]) == (401, b"Bearer")
    assert guess.answer_headers[b"cache-control"] == b"no-store"
    unsure = await Client(authorization=b"Bearer nobody knows").ask(pages, "/api/v1/keys")
    assert (unsure.status, unsure.answer_headers[b"retry-after"]) == (503, b"2")
    assert not django.bodies
    assert (await Client(authorization=RIGHT).ask(pages, "/api/v1/keys")).status == 200


async def test_a_request_that_django_cannot_read_is_a_400():
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise exceptions.BadRequest("what the client sent")

    pages = open_pages(cast("Django", broken))
    client = await Client().ask(pages, "/sign-in")
    assert (client.status, client.body) == (400, b"<h1>400 This is not a valid HTTP/1.1 request</h1>")


async def test_head_is_asked_as_get():
    asked: list[str] = []

    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["method"])

    await Client().ask(open_pages(cast("Django", note)), "/api/v1/quota", "HEAD")
    assert asked == ["GET"]


async def test_a_leaked_key_may_be_reported_with_itself():
    assert (await Client(authorization=b"Bearer guess").ask(open_pages(Django()), "/api/v1/keys/leaked")).status == 200


async def test_a_401_of_the_api_is_slowed_and_one_of_a_page_is_not():
    sentry = Sentry()
    django = Django({"type": "http.response.start", "status": 401}, part(b"no"))
    pages = open_pages(django, sentry)
    assert (await Client(authorization=RIGHT).ask(pages, "/api/v1/keys")).status == 401
    assert sentry.slowed == 1
    assert (await Client().ask(pages, "/sign-in")).status == 401
    assert sentry.slowed == 1
