"""A work that one process at a time may do: it is the leader's, who holds a lock of PostgreSQL's.

The lock belongs to a connection of its own. The server frees it when that ends, and ends it when nothing is heard of it
for a while: a leader that died, hangs or was cut off is followed by another within 5 seconds.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from functools import partial

from django.db import connection

from pingpilot.domain.errors import Overloaded
from pingpilot.observe import get_logger
from pingpilot.store.reader import Reader
from pingpilot.store.sql import ask

TRIED_EVERY_S = 0.75
"""How often those who wait try, and how often the leader shows that it is there."""
ANSWERED_WITHIN_S = 1.75
"""How long a leader leads on without the server's word; together with the above less than ``SILENT_MAX_MS``."""
SILENT_MAX_MS = 3_500
"""When the server gives up a leader that says nothing; together with a try less than 5 s."""

_HOLD = """
    SELECT set_config('idle_session_timeout', %s, false), CASE WHEN EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1
            AND (classid::bigint << 32 | objid::bigint) = %s
    ) THEN true ELSE pg_try_advisory_lock(%s) END
"""
"""Taken once, however often it is asked for: a lock that is taken twice has to be freed twice.

Source: PostgreSQL's manual, pg_locks, on how the key of an advisory lock is shown there.
"""

_log = get_logger()


class Leadership:
    """Leads by one connection, whatever the number of works. Lives on one event loop."""

    def __init__(self, *, is_alone: bool) -> None:
        """Tell whether this is the only process that there can be: then it leads without a lock."""
        self._is_alone = is_alone
        self._session = Reader(threads=1)  # the locks are its connection's, so nobody else asks by it
        self._led: set[str] = set()

    @property
    def works(self) -> list[str]:
        """The names under which this process leads at present."""
        return sorted(self._led)

    async def lead(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do a work whenever this process leads under a name, anew each time; until cancelled.

        A work that comes to an end stays done for as long as this process leads. Raises what the work raises; another
        process leads then.
        """
        if self._is_alone:
            return await self._do(name, work)
        lock = number_of(name)
        while True:
            if await self._asks(_hold, lock):
                _log.info("leadership.gained", work=name)
                await self._lead(lock, partial(self._do, name, work))
                _log.warning("leadership.lost", work=name)
            await asyncio.sleep(TRIED_EVERY_S)

    async def close(self) -> None:
        """Give every leadership up."""
        if not self._is_alone:
            await self._asks(_end, 0)
        self._session.close()

    async def _do(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        self._led.add(name)
        try:
            await work()
        finally:
            self._led.discard(name)

    async def _lead(self, lock: int, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work until another process may have become the leader."""
        task = asyncio.ensure_future(work())
        try:
            while await self._asks(_hold, lock):
                await asyncio.sleep(TRIED_EVERY_S)
                if task.done():
                    task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._asks(_free, lock)

    async def _asks(self, question: Callable[[int], bool], lock: int) -> bool:
        """Ask by the connection of the locks; what is not answered in time is no."""
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                return await self._session.run(question, lock)
        except (Overloaded, TimeoutError):
            return False


def number_of(name: str) -> int:
    """Return the key of the lock of a name: 64 bits with a sign."""
    digest = hashlib.sha256(f"pingpilot leader {name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _hold(lock: int) -> bool:
    """Take a lock unless another connection holds it; returns whether it is held."""
    return bool(ask(_HOLD, [str(SILENT_MAX_MS), lock, lock])[0][1])


def _free(lock: int) -> bool:
    return bool(ask("SELECT pg_advisory_unlock(%s)", [lock])[0][0])


def _end(_lock: int) -> bool:
    connection.close()
    return True
