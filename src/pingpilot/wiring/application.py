"""The ASGI application: which plane answers which path, and the life of the data plane."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

from pingpilot.observe import get_logger
from pingpilot.wiring.data_plane import DataPlane

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

PAGES_AT_ONCE = 24
"""Requests of the control plane in work at one time, each with a thread and a database connection; others wait."""

EVENT_PATH = "/api/v1/event"
EVENTS_PATH = "/api/v1/events"

_log = get_logger()


class Application:
    """The one ASGI application of ``pingpilot serve``."""

    def __init__(self, plane: DataPlane) -> None:
        """Take the data plane to start and stop with the server."""
        self._plane = plane
        self._event_door = plane.event_door
        self._events_door = plane.events_door
        self._hook_door = plane.hook_door
        self._pages = get_asgi_application()
        self._turns = asyncio.Semaphore(PAGES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's start and stop."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == EVENT_PATH:
            await self._event_door(scope, receive, send)
        elif path == EVENTS_PATH and scope["method"] == "POST":  # another method is the REST API's
            await self._events_door(scope, receive, send)
        elif self._hook_door.answers(path):
            await self._hook_door(scope, receive, send)
        elif path == "/healthz":
            await _say(send, 200, b"ok\n")
        elif path == "/readyz":
            is_ready = self._plane.is_ready
            await _say(send, 200 if is_ready else 503, b"ready\n" if is_ready else b"not ready\n")
        else:
            async with self._turns:
                await self._pages(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._plane.start()
        except Exception as error:  # noqa: BLE001 - the server wants to be told, whatever it was
            _log.error("server.failed", error=repr(error))
            await send({"type": "lifespan.startup.failed", "message": "the data plane did not start"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._plane.stop()
        await send({"type": "lifespan.shutdown.complete"})


async def _say(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
