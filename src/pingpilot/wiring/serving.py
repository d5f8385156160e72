"""The processes: serve and work. Import it after ``set_up`` only, since it needs the tables."""

import asyncio
import signal
import socket
from contextlib import suppress
from functools import partial

import uvicorn
import uvloop
from django.db import connection

from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.transfer.fence import refuse_moved
from pingpilot.store.writer import Launch
from pingpilot.wiring import descriptors, lock
from pingpilot.wiring.application import Application
from pingpilot.wiring.brokers import ready_broker
from pingpilot.wiring.catalogue import refuse_missing_plans
from pingpilot.wiring.connections import Connections, Limits
from pingpilot.wiring.data_plane import DataPlane
from pingpilot.wiring.front import front_of, headers_of_all
from pingpilot.wiring.instance import Instance
from pingpilot.wiring.listening import config_of, listener_on
from pingpilot.wiring.migrating import ready_database
from pingpilot.wiring.monitoring import monitored
from pingpilot.wiring.protocol import HttpProtocol
from pingpilot.wiring.shortcut import Shortcut
from pingpilot.wiring.writer_process import DATABASE_SETTINGS, launcher

REQUESTS_DRAIN_S = 8
"""For requests in flight at a stop."""
HINT = "Choose another with --port or PINGPILOT_PORT."


def serve(instance: Instance, *, has_worker: bool = True) -> None:
    """Serve until SIGTERM or SIGINT; raises ConfigurationError when it cannot start."""
    settings = instance.settings
    locks = _locks(instance, ["server", *(["worker"] if has_worker else [])])
    ready_database(is_embedded=instance.is_embedded)
    ready_broker(instance.settings)
    refuse_missing_plans()
    listener = listener_on(settings.host, settings.port, HINT)
    plane = DataPlane(instance, _launcher(instance), has_worker=has_worker)
    instance.socket.plugged = plane
    front = front_of(settings)
    limits = Limits(connections=min(Limits().connections, descriptors.for_clients(descriptors.most())))
    application = Application(plane, front, settings.metrics_token)
    connections = Connections(limits, front.proxies.is_trusted, application.answers)
    config = config_of(
        application,
        partial(HttpProtocol, connections, express=Shortcut(front, plane.express)),
        loop="uvloop",
        lifespan="on",
        headers=headers_of_all(settings),
        timeout_graceful_shutdown=REQUESTS_DRAIN_S,
    )
    # uvicorn raises again the signal that it has handled; an orderly end is exit code 0 all the same
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _already_handled)
    server = _Server(config, instance, plane)
    server.run(sockets=[listener])
    if not server.started:
        raise ConfigurationError("PingPilot did not start; the log lines above say why.")
    del locks


def work(instance: Instance) -> None:
    """Deliver until SIGTERM or SIGINT, without serving; raises ConfigurationError when it cannot start."""
    locks = _locks(instance, ["worker"])
    ready_database(is_embedded=instance.is_embedded)
    ready_broker(instance.settings)
    refuse_missing_plans()
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(instance))
    del locks


async def _work(instance: Instance) -> None:
    plane = DataPlane(instance, _launcher(instance), has_worker=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with monitored(plane, instance.settings):
        await plane.start()
        print("PingPilot delivers. Stop it with Ctrl+C.", flush=True)  # noqa: T201 - said to the person who started it
        await stop.wait()
        await plane.stop()


class _Server(uvicorn.Server):
    """Says where it is once it answers, and ends the streams when it stops."""

    def __init__(self, config: uvicorn.Config, instance: Instance, plane: DataPlane) -> None:
        super().__init__(config)
        self._instance = instance
        self._plane = plane

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _greet(self._instance)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._plane.hub.close()  # requests in flight are waited for, and these would have no end
        await super().shutdown(sockets)


def _already_handled(_number: int, _frame: object) -> None:
    """Do nothing."""


def _launcher(instance: Instance) -> Launch:
    database = {name: value for name, value in connection.settings_dict.items() if name in DATABASE_SETTINGS}
    settings = instance.settings
    return launcher(database, settings.log_format.value, settings.log_level.value, settings.catalogue)


def _locks(instance: Instance, roles: list[str]) -> list[int]:
    """Take the locks; with them nobody moves the database, which may just have been."""
    if not instance.is_embedded:
        return []
    locks = [lock.hold(instance.settings.data_dir, role) for role in roles]
    refuse_moved(instance.settings.database_path)
    return locks


def _greet(instance: Instance) -> None:
    settings = instance.settings
    lines = [f"PingPilot is ready at {settings.public_url}  (data in {settings.data_dir.resolve()})"]
    if settings.smtp_url is None:
        lines.append("No mail server is set: set PINGPILOT_SMTP_URL to deliver by e-mail. Stop with Ctrl+C.")
    print("\n".join(lines), flush=True)  # noqa: T201 - said to the person who started it
