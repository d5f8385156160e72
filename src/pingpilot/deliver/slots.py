"""Room for conversations: those that take long step aside, so that an address that hangs holds up no other."""

from datetime import datetime, timedelta

from pingpilot.domain.ids import DeliveryId

PATIENCE = timedelta(seconds=1)
"""How long a conversation keeps its slot: nobody waits longer than this for those before them."""
LONG_FACTOR = 4
"""Conversations in all, the long ones with them, for each slot."""


class Slots:
    """Counts conversations. Each keeps its slot for a second at most; all in all there are 4 times as many."""

    def __init__(self, size: int) -> None:
        """Take how many conversations may be young at a time."""
        self._size = size
        self._young: dict[DeliveryId, datetime] = {}
        self._long: set[DeliveryId] = set()

    def begin(self, delivery: DeliveryId, now: datetime) -> None:
        """Count a conversation that begins."""
        self._young[delivery] = now

    def end(self, delivery: DeliveryId) -> bool:
        """Count it no more; return whether it took long."""
        was_long = delivery in self._long
        self._long.discard(delivery)
        self._young.pop(delivery, None)
        return was_long

    def free(self, now: datetime) -> int:
        """Return how many may begin; what has become long steps aside at first. It is in the order of its beginning."""
        while self._young and now - (oldest := next(iter(self._young.items())))[1] >= PATIENCE:
            del self._young[oldest[0]]
            self._long.add(oldest[0])
        return min(self._size - len(self._young), self._size * LONG_FACTOR - len(self._young) - len(self._long))

    def until_change(self, now: datetime) -> timedelta:
        """Return when the next conversation will step aside unless it ends before."""
        return next((begun + PATIENCE - now for begun in self._young.values()), PATIENCE)

    def __len__(self) -> int:
        """Return how many conversations there are."""
        return len(self._young) + len(self._long)
