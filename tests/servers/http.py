"""The HTTP server of PingPilot with an application made for the test, on an event loop in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import uvicorn
import uvloop
from uvicorn.server import ServerState

from pingpilot.wiring.connections import Connections, Limits
from pingpilot.wiring.exchange import App
from pingpilot.wiring.protocol import HttpProtocol
from tests.servers.ports import wait_until


class Http:
    """A running server."""

    def __init__(self, app: App, limits: Limits, proxy: str) -> None:
        self.connections = Connections(limits, lambda address: address == proxy)
        self.state = ServerState()
        self.state.default_headers = [(b"date", b"Thu, 01 Jan 2026 00:00:00 GMT")]
        self.problems: list[dict[str, Any]] = []
        config = uvicorn.Config(cast("Any", app), proxy_headers=False, lifespan="off", ws="none", log_config=None)
        config.load()
        self._make = partial(HttpProtocol, self.connections, config=config, server_state=self.state, app_state={})
        self._started = threading.Event()

    def run(self) -> None:
        uvloop.run(self._serve())

    def wait_until_started(self) -> "Http":
        assert self._started.wait(10)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    def advance(self, seconds: int) -> None:
        """Let time pass, tick by tick, each after all that has come so far was read."""
        asyncio.run_coroutine_threadsafe(self._advance(seconds), self._loop).result(10)

    async def _advance(self, seconds: int) -> None:
        for _ in range(seconds):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            self.connections.pass_time()

    def wait_for_tasks(self, count: int) -> None:
        wait_until(lambda: len(self.state.tasks) == count, f"{count} requests are in work")

    def wait_for_connections(self, count: int) -> None:
        wait_until(lambda: len(self.connections) == count, f"there are {count} connections")

    def wait_until_empty(self) -> None:
        def is_empty() -> bool:
            return not (len(self.connections) or self.state.connections or self.state.tasks)

        wait_until(is_empty, "no connection and no request is left")

    def has_unsent_bytes(self) -> bool:
        """Tell whether a client has not taken what was written."""
        return any(connection.outlet.is_blocked for connection in self._open())

    def _open(self) -> list[HttpProtocol]:
        return cast("list[HttpProtocol]", list(self.state.connections))

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(lambda _, context: self.problems.append(context))
        server = await self._loop.create_server(lambda: self._make(_loop=self._loop), "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for connection in list(self.state.connections):
            connection.shutdown()
        for task in list(self.state.tasks):
            task.cancel()
        await asyncio.gather(*self.state.tasks)
        await asyncio.sleep(0.01)  # what was said last is sent
        for left in self._open():
            left._transport.abort()
        await asyncio.sleep(0)


@contextmanager
def running_http(app: App, *, proxy: str = "", **limits: Any) -> Iterator[Http]:
    """Run a server that trusts one proxy; the limits not given are the real ones."""
    http = Http(app, Limits(**limits), proxy)
    thread = threading.Thread(target=http.run)
    thread.start()
    try:
        yield http.wait_until_started()
    finally:
        http.stop()
        thread.join(10)
    assert not http.problems
