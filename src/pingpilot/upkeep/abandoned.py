"""The chore that clears away what a transfer has left in the database when it was killed."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from pingpilot.domain.errors import Overloaded
from pingpilot.observe import get_logger
from pingpilot.store.reader import Reader
from pingpilot.store.transfer.capture import forsake
from pingpilot.upkeep.chore import TURN_MAX

EVERY = timedelta(seconds=10)
"""How long each change may go on being noted for nobody."""

Alone = Callable[[Callable[[bool], bool]], bool]
"""Call with whether a transfer lives, and let none begin meanwhile."""

_log = get_logger()


class Abandoned:
    """Looks for what notes changes in the SQLite database, and takes it away where no transfer lives."""

    name = "abandoned"
    every = EVERY
    deadline = TURN_MAX

    def __init__(self, reader: Reader, path: Path, alone: Alone) -> None:
        """Take a thread to work on, the database, and how to know of transfers."""
        self._reader = reader
        self._path = path
        self._alone = alone

    async def turn(self) -> None:
        """Look once; raises Overloaded when the database is busy for long."""
        if await self._reader.run(self._clear):
            _log.warning("transfer.cleared")

    def _clear(self) -> bool:
        try:
            return self._alone(lambda is_alive: forsake(self._path, is_alive=is_alive))
        except sqlite3.Error as error:
            raise Overloaded from error
