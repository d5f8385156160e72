"""The ASGI application: which plane answers which path, and the life of the data plane."""

from collections import Counter
from typing import cast

from django.core.asgi import get_asgi_application
from django.template.loader import render_to_string

from pingpilot.config.secret import Secret
from pingpilot.domain.errors import PingPilotError
from pingpilot.ingest.call import give
from pingpilot.live.door import PATH as STREAM_PATH
from pingpilot.manage.operations import health
from pingpilot.manage.services import current
from pingpilot.observe import get_logger
from pingpilot.wiring.assets import PREFIX, Assets
from pingpilot.wiring.data_plane import DataPlane
from pingpilot.wiring.exchange import App, Receive, Scope, Send
from pingpilot.wiring.front import Front, dressed, without_sayings
from pingpilot.wiring.metrics import PATHS, Monitor
from pingpilot.wiring.numbers import Accepting, Numbers
from pingpilot.wiring.pages import API, Pages, page_answer

EVENT_PATH = "/api/v1/event"
EVENTS_PATH = "/api/v1/events"

_log = get_logger()


class Application:
    """The one ASGI application of ``pingpilot serve``."""

    def __init__(self, plane: DataPlane, front: Front, metrics_token: Secret | None = None) -> None:
        """Take the data plane to start and stop with the server, and what looks at requests first."""
        self.answers = Counter[int]()
        """How many requests were answered, by status; the server counts."""
        self._plane = plane
        self._front = front
        self._event_door = plane.event_door
        self._events_door = plane.events_door
        self._hook_door = plane.hook_door
        self._foreign_door = plane.foreign_door
        self._stream_door = plane.stream_door
        self._pages = Pages(cast("App", get_asgi_application()), plane.gate, _refusal_page)
        self._assets = Assets()
        self._monitor = Monitor(lambda: plane.is_ready, self._numbers, metrics_token)
        self._wrong_host = page_answer(400, render_to_string("wrong_host.html", {"url": current().public_url}).encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's start and stop."""
        if scope["type"] == "http":
            self._front.see(scope)
            await self._answer(scope, receive, send)
        else:  # there are no websockets here
            await self._live(receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == EVENT_PATH:
            await self._event_door(scope, receive, send)
        elif path == EVENTS_PATH and scope["method"] == "POST":  # another method is the REST API's
            await self._events_door(scope, receive, send)
        elif path in PATHS:
            await self._monitor(scope, send)
        elif self._hook_door.answers(path):
            await self._hook_door(scope, receive, send)
        elif self._foreign_door.answers(scope):
            await self._foreign_door(scope, receive, send)
        elif self._assets.has(path):
            await self._assets(scope, dressed(send))
        else:
            await self._show(without_sayings(scope), receive, dressed(send))

    async def _numbers(self) -> Numbers:
        """Return what this process counted, and how each channel does."""
        plane, services = self._plane, current()
        accepting = Accepting(plane.accepted, self.answers, len(plane.hub))
        channels = await plane.reader.run(health, services)
        return Numbers(services.now(), accepting, plane.delivering, channels)

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show pages under our own names only; programs may call the API by whatever leads here."""
        if scope["path"].startswith((API, PREFIX)) or self._front.is_called_rightly(scope):
            await (self._stream_door if scope["path"] == STREAM_PATH else self._pages)(scope, receive, send)
            return
        await give(send, 400, self._wrong_host.headers, self._wrong_host.body)

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
        self._pages.close()
        await self._plane.stop()
        await send({"type": "lifespan.shutdown.complete"})


def _refusal_page(status: int, error: PingPilotError) -> bytes:
    return render_to_string("refused.html", {"status": status, "message": error.message}).encode()
