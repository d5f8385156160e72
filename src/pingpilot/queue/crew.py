"""How many workers an instance has, as far as one of them hears."""

import asyncio
from collections.abc import Callable

from pingpilot.queue.signals import Kind, Signals

SAYS_EVERY_S = 1.0
GONE_AFTER_S = 4.0
"""Who was not heard for so long has ended, or is cut off, and then gets nothing to deliver either."""
KNOWN_MAX = 1_000
"""Workers that are counted."""


class Crew:
    """Says that this worker is there, and hears of the others. Lives on one event loop."""

    def __init__(self, signals: Signals, name: str, monotonic: Callable[[], float]) -> None:
        """Take the way to the others, the name of this worker, and a clock in seconds that is never set."""
        self._signals = signals
        self._name = name
        self._monotonic = monotonic
        self._heard: dict[str, float] = {}
        signals.hear(Kind.WORKING, self._hear)

    def size(self) -> int:
        """Return how many there are, this one among them."""
        since = self._monotonic() - GONE_AFTER_S
        return 1 + sum(at >= since for at in self._heard.values())

    async def run(self) -> None:
        """Say so until cancelled."""
        while True:
            self._signals.say(Kind.WORKING, self._name)
            await asyncio.sleep(SAYS_EVERY_S)
            since = self._monotonic() - GONE_AFTER_S
            self._heard = {name: at for name, at in self._heard.items() if at >= since}

    def _hear(self, name: str) -> None:
        if name in self._heard or len(self._heard) < KNOWN_MAX:
            self._heard[name] = self._monotonic()
