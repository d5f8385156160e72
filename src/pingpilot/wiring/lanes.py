"""Threads that the control plane's requests run in, each with a database connection that it keeps."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

KEPT_S = 60
"""How long a lane is kept that nobody needs; then its thread and its connection end."""


@dataclass(slots=True)
class _Lane:
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="lane"))
    free_since: float = 0

    def end(self) -> None:
        self.thread.submit(connections.close_all)
        self.thread.shutdown(wait=False)


class Lanes:
    """As many threads as there are requests at once: a new one for each would open a connection each. One event loop.

    The lane that was used last is taken first: where requests come one by one, there is one.
    """

    def __init__(self, kept_s: float = KEPT_S) -> None:
        """Begin without a lane."""
        self._kept_s = kept_s
        self._free: list[_Lane] = []
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[None]:
        """Let what Django does meanwhile in this task happen on one thread, which is nobody else's."""
        lane = self._free.pop() if self._free else _Lane()
        try:
            async with ThreadSensitiveContext(executor=lane.thread):
                yield
        finally:
            self._keep(lane)

    def close(self) -> None:
        """End all lanes that are free."""
        self._end_those_free_since(float("inf"))

    def _keep(self, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        lane.free_since = loop.time()
        self._free.append(lane)
        if self._timer is None:
            self._timer = loop.call_later(self._kept_s, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._end_those_free_since(loop.time() - self._kept_s)
        self._timer = loop.call_later(self._kept_s, self._look) if self._free else None

    def _end_those_free_since(self, instant: float) -> None:
        """End lanes; they stand in the order in which they became free."""
        while self._free and self._free[0].free_since <= instant:
            self._free.pop(0).end()
