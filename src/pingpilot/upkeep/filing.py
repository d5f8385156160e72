"""The chore that makes new events findable, beside their path and never on it."""

from datetime import timedelta

from pingpilot.observe import get_logger
from pingpilot.store import filing
from pingpilot.store.filing import File
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from pingpilot.upkeep.chore import TURN_MAX

EVERY = timedelta(seconds=1)
"""How often to look for events; so late they are found at most when little happens."""
BREATH = timedelta(milliseconds=50)
"""Between two full batches: those who accept events share the writer."""
BATCH = 100

_log = get_logger()


class Filing:
    """Looks for events that are not findable yet, and files them."""

    name = "filing"
    every = EVERY
    deadline = TURN_MAX

    def __init__(self, reader: Reader, writer: Writer) -> None:
        """Take the store's two ends."""
        self._reader = reader
        self._writer = writer
        self._after = ""
        """Where the next batch begins."""
        self._first = ""
        """Where the present run of full batches began."""

    async def turn(self) -> timedelta:
        """File one batch; return how long to rest. The first begins a little before the last event filed.

        After a run of full batches it is gone over once more, for what was committed late meanwhile.
        """
        after = self._after or filing.look_back(await self._reader.run(filing.last_filed))
        pages = await self._reader.run(filing.waiting, after, BATCH)
        if pages:
            await self._writer.submit(File(pages, len(pages)))
        if len(pages) == BATCH:
            self._first = self._first or after
            self._after = pages[-1].event
            return BREATH
        begin, self._first = self._first or (pages[-1].event if pages else ""), ""
        self._after = filing.look_back(begin) if begin else after
        return EVERY
