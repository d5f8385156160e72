"""Room for things of different size, given in the order of coming."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Room:
    """So much has room at a time; what is larger than all of it has it alone. Lives on one event loop."""

    def __init__(self, size: int) -> None:
        """Begin empty."""
        self._size = size
        self._taken = 0
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        """Wait for room, and have it."""
        size = min(size, self._size)
        await self._take(size)
        try:
            yield
        finally:
            self._give_back(size)

    async def _take(self, size: int) -> None:
        if not self._line and self._taken + size <= self._size:
            self._taken += size
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came at the very moment
                self._give_back(size)
            raise

    def _give_back(self, size: int) -> None:
        self._taken -= size
        while self._line and (self._line[0][1].done() or self._taken + self._line[0][0] <= self._size):
            wanted, turn = self._line.popleft()
            if not turn.done():
                self._taken += wanted
                turn.set_result(None)
