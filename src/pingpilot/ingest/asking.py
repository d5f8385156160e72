"""Questions that many ask at the same time: each thing is asked for once, and many things in one question."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

TOGETHER_MAX = 128
"""Things in one question."""

K = TypeVar("K")
V = TypeVar("V")


class Once(Generic[K, V]):
    """Runs one load per name at a time; whoever asks meanwhile waits for it. Lives on one event loop."""

    def __init__(self) -> None:
        """Begin with nothing running."""
        self._running: dict[K, asyncio.Future[V]] = {}

    async def run(self, name: K, load: Callable[[], Awaitable[V]]) -> V:
        """Return what a load returns; raises what it raises."""
        running = self._running.get(name)
        if running is None:
            running = asyncio.ensure_future(load())
            self._running[name] = running
            running.add_done_callback(lambda _: self._running.pop(name, None))
        return await asyncio.shield(running)


class Together(Generic[K, V]):
    """Asks one question at a time, for all things that were wanted while the one before it ran. Lives on one loop.

    The store answers for a hundred keys in little more time than for one, so a start among many busy clients, or a
    guesser, costs it little.
    """

    def __init__(self, ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        """Take how to ask; what it does not find is missing in its answer."""
        self._ask = ask
        self._wanted: dict[K, asyncio.Future[V | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def find(self, name: K) -> V | None:
        """Return what is found for a name by a question that begins after this; raises what it raises."""
        future = self._wanted.get(name)
        if future is None:
            future = self._wanted[name] = asyncio.get_running_loop().create_future()
        if self._asking is None:
            self._asking = asyncio.create_task(self._answer())
        return await asyncio.shield(future)

    async def _answer(self) -> None:
        try:
            while self._wanted:
                names = list(self._wanted)[:TOGETHER_MAX]
                await self._settle({name: self._wanted.pop(name) for name in names})
        finally:
            self._asking = None

    async def _settle(self, wanted: Mapping[K, asyncio.Future[V | None]]) -> None:
        try:
            found = await self._ask(list(wanted))
        except BaseException as error:  # whatever it is, everybody who waits must hear of it
            for future in wanted.values():
                future.set_exception(error)
                future.exception()  # a waiter may have gone away
            if not isinstance(error, Exception):
                raise
        else:
            for name, future in wanted.items():
                future.set_result(found.get(name))
