"""The chore that clears away what deleted workspaces leave behind."""

from datetime import timedelta

from pingpilot.observe import get_logger
from pingpilot.store.clearing import Clear, next_deleted
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer
from pingpilot.upkeep.chore import TURN_MAX

EVERY = timedelta(seconds=5)
"""How often to look for deleted workspaces: nobody waits for this, their keys are dead already."""
BREATH = timedelta(milliseconds=50)
"""Between two slices: those who accept events share the writer."""

_log = get_logger()


class Clearing:
    """Takes deleted workspaces one after the other, slice by slice."""

    name = "clearing"
    every = EVERY
    deadline = TURN_MAX

    def __init__(self, reader: Reader, writer: Writer) -> None:
        """Take the store's two ends."""
        self._reader = reader
        self._writer = writer

    async def turn(self) -> timedelta:
        """Clear one slice; return how long to rest."""
        workspace = await self._reader.run(next_deleted)
        if workspace is None:
            return EVERY
        if await self._writer.submit(Clear(workspace)):
            _log.info("workspace.cleared", workspace=workspace)
        return BREATH
