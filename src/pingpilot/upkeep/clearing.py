"""The chore that clears away what deleted workspaces leave behind."""

import asyncio
from datetime import timedelta

from pingpilot.domain.errors import PingPilotError
from pingpilot.observe import get_logger
from pingpilot.store.clearing import Clear, next_deleted
from pingpilot.store.reader import Reader
from pingpilot.store.writer import Writer

EVERY = timedelta(seconds=5)
"""How often to look for deleted workspaces: nobody waits for this, their keys are dead already."""
BREATH = timedelta(milliseconds=50)
"""Between two slices: those who accept events share the writer."""

_log = get_logger()


class Clearing:
    """Takes deleted workspaces one after the other, slice by slice."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        """Take the store's two ends."""
        self._reader = reader
        self._writer = writer

    async def run(self) -> None:
        """Clear until cancelled."""
        while True:
            try:
                pause = await self.turn()
            except PingPilotError as error:
                _log.warning("clearing.waits", reason=error.message)
                pause = EVERY
            await asyncio.sleep(pause.total_seconds())

    async def turn(self) -> timedelta:
        """Clear one slice; return how long to rest."""
        workspace = await self._reader.run(next_deleted)
        if workspace is None:
            return EVERY
        if await self._writer.submit(Clear(workspace)):
            _log.info("workspace.cleared", workspace=workspace)
        return BREATH
