"""Failed authentication, counted per client network and slowed. A valid key is never looked at here."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

from pingpilot.security.network import network_of

FREE = 20
"""Failures of a network within a minute that are answered at once: a typing error, a deployment with an old key."""
WINDOW_S = 60.0
STEP_S = 0.05
SLOWEST_S = 1.0
WAITING_MAX = 5_000
"""Slowed answers that wait at one time, at about 4 KB each; further ones are given at once."""
NETWORKS_MAX = 10_000

_network = lru_cache(maxsize=4_096)(network_of)


class Failures:
    """Counts, in fixed windows of a minute. Lives on one event loop; ``monotonic`` is in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Take a clock that never goes back."""
        self._monotonic = monotonic
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._waiting = 0

    async def slow(self, address: str) -> None:
        """Count a failure of a client, and wait for as long as its answer is to be delayed."""
        delay_s = self.count(address)
        if not delay_s or self._waiting >= WAITING_MAX:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(delay_s)
        finally:
            self._waiting -= 1

    def count(self, address: str) -> float:
        """Count a failure and return the seconds its answer is to be delayed by."""
        network, now = _network(address), self._monotonic()
        end, failures = self._counts.get(network, (0.0, 0))
        if end <= now:
            end, failures = now + WINDOW_S, 0
        self._counts[network] = (end, failures + 1)
        self._counts.move_to_end(network)
        if len(self._counts) > NETWORKS_MAX:
            self._counts.popitem(last=False)
        return min(SLOWEST_S, STEP_S * max(0, failures + 1 - FREE))
