"""What a worker counts: what it took up, how late that was, and what its attempts came to."""

from bisect import bisect_left
from collections import Counter
from datetime import timedelta

LAG_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


class Figures:
    """The counts of one process since its start. Lives on one event loop."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.claims = Counter[str]()
        """Deliveries whose turn came: ``leased`` before it, ``claimed`` then, or ``missed``: another had them."""
        self.attempts = Counter[tuple[str, str]]()
        """By channel and outcome."""
        self.lags = [0] * (len(LAG_BOUNDS_S) + 1)
        """First attempts by how long their event had waited: up to each of the bounds, and beyond the last."""
        self.lag_s = 0.0
        """How long all of them had waited together."""

    def began(self, waited: timedelta) -> None:
        """Count a first attempt; a clock that was set back makes no negative wait."""
        seconds = max(0.0, waited.total_seconds())
        self.lags[bisect_left(LAG_BOUNDS_S, seconds)] += 1
        self.lag_s += seconds
