"""The chore that keeps PostgreSQL's months: the next ones are made ahead, and what is past every history goes whole."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from pingpilot.observe import get_logger
from pingpilot.store import leaving, months
from pingpilot.store.reader import Reader

EVERY = timedelta(minutes=10)
DEADLINE = timedelta(hours=1)
"""Of a turn, which may have a large month to count out."""
BREATH = timedelta(milliseconds=50)
"""Between two slices: others want the tallies, too."""
ANALYZED_EVERY = timedelta(hours=12)

_log = get_logger()


class Months:
    """Makes and drops partitions. Only PostgreSQL has them."""

    name = "months"
    every = EVERY
    deadline = DEADLINE

    def __init__(self, reader: Reader, now: Callable[[], datetime]) -> None:
        """Take what asks the store, by a thread that nobody waits for, and the clock."""
        self._reader = reader
        self._now = now
        self._analyzed_at: datetime | None = None

    async def turn(self) -> timedelta:
        """Make what is missing, finish what is leaving, let go what may; return how long to rest."""
        for made in await self._reader.run(months.make_ahead, self._now()):
            _log.info("month.made", month=made)
        await self._count_out()
        while gone := await self._reader.run(leaving.detach_next, self._now()):
            _log.info("month.forgotten", month=gone)
            await self._count_out()
        await self._analyze()
        return EVERY

    async def _count_out(self) -> None:
        has_more = True
        while has_more:
            has_more = await self._reader.run(leaving.count_out)
            await asyncio.sleep(BREATH.total_seconds() if has_more else 0)

    async def _analyze(self) -> None:
        if self._analyzed_at is None or self._now() - self._analyzed_at >= ANALYZED_EVERY:
            await self._reader.run(months.analyze)
            self._analyzed_at = self._now()
