"""How far a page is looked for, where no index leads to what is wanted: so many events, and no longer than a moment.

How long a look at an event takes depends on whether it is in memory; a page must come soon all the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST = 100
"""Events looked at in any case: read from a disk, they take ten or twenty milliseconds."""
LOOKED_AT_MAX = 5_000
LONGEST = timedelta(milliseconds=5)
"""After it no further portion is begun; the last one takes about as long as all before it, or twice that."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Looks at the clock of whoever asks."""

    now: Callable[[], datetime]

    def portions(self) -> Iterator[int]:
        """Give how many events to look at next, as long as it is worth it: ever more, together ``LOOKED_AT_MAX``."""
        end, looked_at, portion = self.now() + LONGEST, 0, FIRST
        while looked_at < LOOKED_AT_MAX and (not looked_at or self.now() < end):
            portion = min(portion, LOOKED_AT_MAX - looked_at)
            yield portion
            looked_at += portion
            portion *= 2
