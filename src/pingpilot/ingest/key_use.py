"""When and from where keys are used: gathered in memory, written every few seconds."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.domain.ids import KeyId
from pingpilot.security.network import network_of
from pingpilot.store.key_use import Use, Used
from pingpilot.store.writer import Writer

WRITTEN_EVERY_S = 5.0
KEYS_MAX = 10_000
"""Keys noted between two writings; the use of further ones is seen the next time."""


class KeyUse:
    """Notes each key once between two writings. Lives on one event loop."""

    def __init__(self, writer: Writer, now: Callable[[], datetime]) -> None:
        """Take who writes, and the clock."""
        self._writer = writer
        self._now = now
        self._noted: dict[KeyId, tuple[datetime, str]] = {}

    def note(self, key: KeyId, address: str) -> None:
        """Remember that a key was used from an address."""
        if key not in self._noted and len(self._noted) < KEYS_MAX:
            self._noted[key] = (self._now(), address)

    async def run(self) -> None:
        """Write every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(WRITTEN_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Write what was noted, in one commit; what the store does not take is lost: the next use is noted again."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        uses = [Use(key, at, network_of(address)) for key, (at, address) in noted.items()]
        try:
            await self._writer.submit(Used(uses))
        except (Overloaded, InternalError):
            return
