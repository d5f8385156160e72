"""Turns at what only so many can do at a time: a bounded line, and a bounded wait in it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pingpilot.domain.errors import Overloaded


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many at a time, how many may wait for that, and for how long."""

    at_once: int
    in_line: int
    wait_s: float


class Turns:
    """Gives turns in the order of coming. Lives on one event loop."""

    def __init__(self, bounds: Bounds) -> None:
        """Begin with nobody there."""
        self._bounds = bounds
        self._free = asyncio.Semaphore(bounds.at_once)
        self._in_line = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it; raises Overloaded."""
        await self._wait()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if self._free.locked() and self._in_line >= self._bounds.in_line:
            raise Overloaded
        self._in_line += 1
        try:
            async with asyncio.timeout(self._bounds.wait_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise Overloaded from error
        finally:
            self._in_line -= 1
