"""The control plane behind a door of its own: whole requests go in, and slow clients hold up nobody."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core import exceptions as django

from pingpilot.domain.errors import BadRequest, BodyTooLarge, Overloaded, PingPilotError, RequestTimeout
from pingpilot.domain.event import BODY_MAX_BYTES
from pingpilot.ingest.answers import Answer, Header, refused
from pingpilot.ingest.call import Bodies, Call, ClientGone, Message, Receive, Scope, Send, give
from pingpilot.ingest.gate import Gate
from pingpilot.ingest.turns import Bounds, Turns
from pingpilot.wiring.exchange import App
from pingpilot.wiring.lanes import Lanes

TURNS = Bounds(at_once=24, in_line=128, wait_s=10)
"""Requests in work, each with a thread and a database connection; and those that wait, each with its body."""
FORM_MAX_BYTES = 1024 * 1024
"""Of a form; the REST API takes 64 KiB, as for an event. Below what Django would put into a file."""
HELD_MAX_BYTES = 1024 * 1024

API = "/api/"
KEYLESS = "/api/v1/keys/leaked"
"""Whoever reports a key needs none, and may well send that one along."""

MakePage = Callable[[int, PingPilotError], bytes]
"""Makes the page for a refusal, with its status."""


class Pages:
    """Answers what the raw doors do not. Lives on one event loop."""

    def __init__(self, app: App, gate: Gate, make_page: MakePage, turns: Bounds = TURNS) -> None:
        """Take Django, who knows the keys, who makes pages of refusals, and how many may be in work."""
        self._app = app
        self._gate = gate
        self._bodies = Bodies()
        self._turns = Turns(turns)
        self._lanes = Lanes()
        self._refusals: dict[type[PingPilotError], Answer] = {
            type(error): _page(make_page, error) for error in _REFUSALS
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = Call(scope, receive)
        is_api = scope["path"].startswith(API)
        try:
            await (self._call(call, send) if is_api else self._show(call, send))
        except PingPilotError as error:
            answer = refused(error) if is_api else self._refusals.get(type(error)) or refused(error)
            await give(send, answer.status, answer.headers, answer.body)
        except ClientGone:
            return

    def close(self) -> None:
        """End the threads; no more requests come."""
        self._lanes.close()

    async def _show(self, call: Call, send: Send) -> None:
        held = await self._answered(call, FORM_MAX_BYTES, send)
        await held.release()

    async def _call(self, call: Call, send: Send) -> None:
        """Answer a call of the REST API. Guesses of keys come no further than here, and count like all others."""
        if b"authorization" in call.head and call.scope["path"] != KEYLESS:
            await self._gate.identify(call)
        if call.scope["method"] == "HEAD":  # the answer to GET, of which the connection leaves out the body
            call.scope = {**call.scope, "method": "GET"}
        held = await self._answered(call, BODY_MAX_BYTES, send)
        if held.status == 401:
            await self._gate.slow(call)
        await held.release()

    async def _answered(self, call: Call, limit_bytes: int, send: Send) -> "Held":
        body = await self._bodies.read(call, limit_bytes)
        held = Held(send)
        async with self._turns.turn(), self._lanes.lane():
            try:
                await self._app(call.scope, _given(body), held.take)
            except (django.BadRequest, django.SuspiciousOperation) as error:  # anew while Django made the page for it
                raise BadRequest from error
        return held


class Held:
    """An answer that is held back until its turn is over; a long one is passed on as it comes."""

    def __init__(self, send: Send) -> None:
        """Take where it goes in the end."""
        self.status = 0
        self._send = send
        self._messages: list[Mapping[str, Any]] = []
        self._bytes = 0

    async def take(self, message: Mapping[str, Any]) -> None:
        """Take a part of it."""
        self.status = message.get("status", self.status)
        self._messages.append(message)
        self._bytes += len(message.get("body", b""))
        if self._bytes > HELD_MAX_BYTES:
            await self.release()

    async def release(self) -> None:
        """Let it go."""
        messages, self._messages = self._messages, []
        for message in messages:
            await self._send(message)


def _given(body: bytes) -> Receive:
    """Return what gives a body, and never tells that the client is gone: what was begun is done to its end."""
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not parts:
            await asyncio.Event().wait()
        return parts.pop()

    return receive


_REFUSALS = (BadRequest(), BodyTooLarge(FORM_MAX_BYTES), RequestTimeout(), Overloaded())


def page_answer(status: int, page: bytes, headers: Sequence[Header] = ()) -> Answer:
    """Return the answer that shows a page without a script."""
    own = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", b"%d" % len(page)),
        (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'"),
    ]
    return Answer(status, [*own, *headers], page)


def _page(make_page: MakePage, error: PingPilotError) -> Answer:
    """Return a refusal for people."""
    plain = refused(error)
    kept = [(name, value) for name, value in plain.headers if name not in (b"content-type", b"content-length")]
    return page_answer(plain.status, make_page(plain.status, error), kept)
