"""When and from where keys are used: gathered in memory, written every few seconds, and of one key once a minute."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.domain.ids import KeyId
from pingpilot.security.network import network_of
from pingpilot.store.key_use import Use, Used
from pingpilot.store.writer import Writer

WRITTEN_EVERY_S = 5.0
KEYS_MAX = 10_000
"""Keys noted between two writings; the use of further ones is seen the next time."""
AGAIN_AFTER = timedelta(minutes=1)
"""A key that is used from the same address all the time is written this often: what it costs stays off the events."""
KNOWN_MAX = 100_000
TOGETHER = 500
"""Keys written in one commit, for which others wait."""


class KeyUse:
    """Notes each key and address once a minute. Lives on one event loop."""

    def __init__(self, writer: Writer, now: Callable[[], datetime]) -> None:
        """Take who writes, and the clock."""
        self._writer = writer
        self._now = now
        self._noted: dict[KeyId, tuple[datetime, str]] = {}
        self._known: dict[KeyId, str] = {}
        self._known_since = now()

    def note(self, key: KeyId, address: str) -> None:
        """Remember that a key was used from an address, unless that is known of this minute."""
        if self._known.get(key) != address and len(self._noted) < KEYS_MAX:
            self._noted[key] = (self._now(), address)
            if len(self._known) < KNOWN_MAX:
                self._known[key] = address

    async def run(self) -> None:
        """Write every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(WRITTEN_EVERY_S)
            await self.write()

    async def write(self) -> None:
        """Write what was noted, some at a time; what the store does not take is lost: the next use is noted again."""
        if self._now() - self._known_since >= AGAIN_AFTER:
            self._known, self._known_since = {}, self._now()
        noted, self._noted = list(self._noted.items()), {}
        for start in range(0, len(noted), TOGETHER):
            some = noted[start : start + TOGETHER]
            uses = [Use(key, at, network_of(address)) for key, (at, address) in some]
            try:
                await self._writer.submit(Used(uses))
            except (Overloaded, InternalError):
                self._known.clear()
                return
