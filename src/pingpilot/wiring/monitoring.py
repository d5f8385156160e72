"""The port of a worker, for those who watch over it; it has none otherwise."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import uvicorn

from pingpilot.config import world
from pingpilot.config.settings import Settings
from pingpilot.wiring.connections import Connections, Limits
from pingpilot.wiring.data_plane import DataPlane
from pingpilot.wiring.exchange import Receive, Scope, Send
from pingpilot.wiring.listening import config_of, listener_on
from pingpilot.wiring.metrics import Monitor
from pingpilot.wiring.numbers import Numbers
from pingpilot.wiring.protocol import HttpProtocol

LIMITS = Limits(connections=64)
"""Of those who ask, there are few."""
DRAIN_S = 1
HINT = "Choose another with PINGPILOT_WORKER_PORT."


@asynccontextmanager
async def monitored(plane: DataPlane, settings: Settings) -> AsyncIterator[None]:
    """Answer on the worker's port meanwhile, if one is set; raises ConfigurationError where it cannot be had."""
    if settings.worker_port is None:
        yield
        return
    listener = listener_on(settings.worker_host, settings.worker_port, HINT)
    protocol = partial(HttpProtocol, Connections(LIMITS))
    config = config_of(_application(plane, settings), protocol, lifespan="off", timeout_graceful_shutdown=DRAIN_S)
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """Leaves signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _application(plane: DataPlane, settings: Settings) -> Any:  # noqa: ANN401 - an ASGI application
    async def numbers() -> Numbers:
        return Numbers(world.now(), delivering=plane.delivering)  # what the store says, a server tells

    monitor = Monitor(lambda: plane.is_ready, numbers, settings.metrics_token, is_private=True)

    async def application(scope: Scope, _receive: Receive, send: Send) -> None:
        await monitor(scope, send)

    return application
