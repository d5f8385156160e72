"""PingPilot's own application and data plane in this process, on the database of the test and with its clock."""

import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from django.db import connection

from pingpilot.channels import find_channels
from pingpilot.config.settings import Settings
from pingpilot.domain.ids import TimeOrderedIds
from pingpilot.security.webpush import Vapid
from pingpilot.wiring.application import Application
from pingpilot.wiring.data_plane import DataPlane
from pingpilot.wiring.front import front_of
from pingpilot.wiring.instance import Instance, Socket
from pingpilot.wiring.writer_process import DATABASE_SETTINGS, launcher
from tests.planted import PlantingBox
from tests.servers.ports import wait_until

SECRET = b"a secret that is only for tests"


@contextmanager
def running_plane(folder: Path, now: Callable[[], datetime]) -> Iterator[int]:
    """Serve events without delivering them, by a clock that may be asked from any thread; gives the port."""
    told = {name: value for name, value in connection.settings_dict.items() if name in DATABASE_SETTINGS}
    instance = _instance(folder)
    plane = DataPlane(instance, launcher(told, "json", "error"), has_worker=False, now=now)
    application = Application(plane, front_of(instance.settings))
    server = uvicorn.Server(uvicorn.Config(application, lifespan="on", ws="none", log_config=None))
    with socket.socket() as listener, _same_collector():
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), "the service is ready")
            assert server.started
            yield int(listener.getsockname()[1])
        finally:
            _leave(plane)
            server.should_exit = True
            thread.join(20)


def _leave(plane: DataPlane) -> None:
    """Close the connections of the reader's threads; in a process of its own they end with it."""
    pool = plane.reader._pool
    together = threading.Barrier(pool._max_workers)

    def close() -> None:
        together.wait(10)
        connection.close()

    for left in [pool.submit(close) for _ in range(together.parties)]:
        left.result(20)


def _instance(folder: Path) -> Instance:
    channels = find_channels()
    return Instance(
        settings=Settings(data_dir=folder),
        box=PlantingBox(SECRET, os.urandom),
        vapid=Vapid(SECRET, "mailto:tests@example.com"),
        channels=channels,
        operator={},
        ids=TimeOrderedIds(lambda: int(datetime.now(UTC).timestamp() * 1000), os.urandom),
        socket=Socket(),
        hook_secrets=dict.fromkeys(channels, "only for tests"),
    )


@contextmanager
def _same_collector() -> Iterator[None]:
    """Undo what a data plane sets for its process."""
    before = gc.get_threshold()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
