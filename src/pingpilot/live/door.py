"""The raw ASGI door of ``/dashboard/stream``: lets a browser in by its session, and tells it what changes."""

import asyncio
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from pingpilot.accounts.watching import Pass
from pingpilot.domain.errors import BadRequest, MethodNotAllowed, NotFound, PingPilotError
from pingpilot.ingest.answers import Answer, Header, refused
from pingpilot.ingest.call import Call, Receive, Scope, Send, give
from pingpilot.live.hub import Hub
from pingpilot.live.stream import Stream
from pingpilot.live.view import message, view_of

PATH = "/dashboard/stream"
PARTS_MAX = 4
"""Of one page."""
HEADERS: list[Header] = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would hold it back. Source: its module ngx_http_proxy_module
]
HELLO = message("hello")

Admit = Callable[[str, int], Awaitable[Pass]]
"""Gives a browser with a session leave to watch a workspace; raises Unauthorized and NotFound."""


class StreamDoor:
    """Answers one path. Lives on one event loop."""

    def __init__(self, hub: Hub, admit: Admit, cookie: str) -> None:
        """Take who tells what changes, who knows sessions, and in which cookie their keys are."""
        self._hub = hub
        self._admit = admit
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, for as long as its page is open and its viewer may watch."""
        try:
            stream = await self._join(Call(scope, receive))
        except PingPilotError as error:
            answer = _refused(error)
            await give(send, answer.status, answer.headers, answer.body)
            return
        gone = asyncio.ensure_future(_until_gone(receive))
        gone.add_done_callback(lambda _: stream.end())
        try:
            await _tell(stream, send)
        finally:
            gone.cancel()
            self._hub.leave(stream)

    async def _join(self, call: Call) -> Stream:
        """Let a browser in; raises Unauthorized, NotFound, BadRequest, MethodNotAllowed and Overloaded."""
        if call.scope["method"] != "GET":
            raise MethodNotAllowed("This address takes GET only")
        asked = parse_qs(call.scope["query_string"].decode("latin-1"))
        workspace = asked.get("workspace", [""])[0]
        if not (workspace.isascii() and workspace.isdigit() and len(workspace) < 19):
            raise NotFound
        addresses = asked.get("part", [])
        if not 0 < len(addresses) <= PARTS_MAX:
            raise BadRequest
        given = await self._admit(self._session(call), int(workspace))
        return self._hub.join(given, dict(view_of(given, address) for address in addresses))

    def _session(self, call: Call) -> str:
        try:
            cookies = SimpleCookie(call.head.get(b"cookie", b"").decode("latin-1"))
        except CookieError:
            return ""
        return cookies[self._cookie].value if self._cookie in cookies else ""


async def _tell(stream: Stream, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    said = HELLO
    while said:
        await send({"type": "http.response.body", "body": said, "more_body": True})
        said = await stream.next()
    await send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refused(error: PingPilotError) -> Answer:
    return refused(error, [(b"allow", b"GET")] if isinstance(error, MethodNotAllowed) else [])
