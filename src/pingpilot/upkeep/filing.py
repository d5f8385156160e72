"""The chore that makes new events findable, beside their path and never on it."""

import asyncio
from datetime import timedelta

from pingpilot.domain.errors import PingPilotError
from pingpilot.observe import get_logger
from pingpilot.store import filing
from pingpilot.store.filing import File
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer

EVERY = timedelta(seconds=1)
"""How often to look for events; so late they are found at most when little happens."""
BREATH = timedelta(milliseconds=50)
"""Between two full batches: those who accept events share the writer."""
BATCH = 100

_log = get_logger()


class Filing:
    """Looks for events that are not findable yet, and files them."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        """Take the store's two ends."""
        self._reader = reader
        self._writer = writer
        self._first = ""
        """Where the present run of full batches began."""

    async def run(self) -> None:
        """File until cancelled. It begins a little before the last event filed, so that none is missed."""
        after = ""
        while True:
            try:
                after = after or filing.look_back(await self._reader.run(filing.last_filed))
                after, pause = await self._turn(after)
            except PingPilotError as error:
                _log.warning("filing.waits", reason=error.message)
                pause = EVERY
            await asyncio.sleep(pause.total_seconds())

    async def _turn(self, after: str) -> tuple[str, timedelta]:
        """File one batch; return where the next begins, and how long to rest before.

        After a run of full batches it is gone over once more, for what was committed late meanwhile.
        """
        pages = await self._reader.run(filing.waiting, after, BATCH)
        if pages:
            await self._writer.submit(File(pages, len(pages)))
        if len(pages) == BATCH:
            self._first = self._first or after
            return pages[-1].event, BREATH
        begin, self._first = self._first or (pages[-1].event if pages else ""), ""
        return (filing.look_back(begin) if begin else after), EVERY
