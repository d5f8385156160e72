"""What a provider has taken: which message, for whom, when."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

ONCE_FOR_S = 300.0
"""How long a provider that sees to repeats remembers a message. Source: Discord says "the past few minutes"."""


@dataclass(frozen=True)
class Taken:
    """One message; ``identity`` is by what its receiver can tell a repeat, ``at`` seconds on the monotonic clock."""

    mark: str
    address: str
    identity: str
    at: float


@dataclass
class Book:
    """Everything taken since it was last read."""

    entries: list[Taken] = field(default_factory=list)
    now: Callable[[], float] = time.monotonic
    _count: int = 0
    _once: dict[str, tuple[int, float]] = field(default_factory=dict)

    def take(self, mark: str, address: str, identity: str, *, is_once: bool = False) -> int:
        """Note a message and return its number; where the provider sees to repeats, one gets the first's number."""
        at = self.now()
        if is_once and (known := self._once.get(identity)) and at - known[1] < ONCE_FOR_S:
            return known[0]
        self._count += 1
        if is_once:
            self._once[identity] = (self._count, at)
        self.entries.append(Taken(mark, address, identity, at))
        return self._count

    def read(self) -> list[Taken]:
        """Return what was taken, and begin a new page."""
        entries, self.entries = self.entries, []
        return entries
