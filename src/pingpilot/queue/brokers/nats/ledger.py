"""What the relay has announced of late: else it would announce the same ids at every look, while they wait elsewhere.

An id that is still due after some time is announced again: it may have found no room, or whoever had it may be gone.
Soon while its address is being delivered to; addresses at which nothing moves are looked at more and more seldom.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pingpilot.domain.ids import DeliveryId, DestinationId
from pingpilot.domain.routing import Route
from pingpilot.queue.lanes import LANE_MAX, Turn

FIRST_AGAIN_S, LONGEST_AGAIN_S = 1, 30
"""How long an announcement is trusted: at first, and where nothing moves."""
FIRST_REST_S, LONGEST_REST_S = 0.25, 5
ADDRESSES_MAX = 100_000


@dataclass(slots=True)
class _Account:
    """Of one address: when its ids were announced, and when it may be looked at again."""

    announced: dict[DeliveryId, float] = field(default_factory=dict)
    again_s: float = FIRST_AGAIN_S
    rest_s: float = 0
    look_at: float = 0


class Ledger:
    """Kept by the process whose relay announces. Lives on one event loop."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Take the clock."""
        self._monotonic = monotonic
        self._accounts: dict[DestinationId, _Account] = {}

    def room_on(self, destination: DestinationId) -> int:
        """Return how many ids for one address the relay may bring; none while it rests."""
        account = self._accounts.get(destination)
        return 0 if account is not None and self._monotonic() < account.look_at else LANE_MAX

    def new(self, routes: Sequence[Route], deliveries: Sequence[DeliveryId]) -> list[Turn]:
        """Return those that were not announced of late, and note them.

        Give all that is due for an address, as far as it was asked for: what is missing was taken care of.
        """
        found: dict[DestinationId, list[Turn]] = {}
        for route, delivery in zip(routes, deliveries, strict=True):
            found.setdefault(route.destination, []).append((delivery, route))
        if len(self._accounts) + len(found) > ADDRESSES_MAX:
            self._accounts.clear()
        return [turn for destination, turns in found.items() for turn in self._new_on(destination, turns)]

    def _new_on(self, destination: DestinationId, turns: Sequence[Turn]) -> list[Turn]:
        account = self._accounts.setdefault(destination, _Account())
        now, before = self._monotonic(), account.announced
        fresh = [turn for turn in turns if turn[0] not in before]
        again = [turn for turn in turns if before.get(turn[0], now) <= now - account.again_s]
        account.announced = {delivery: before.get(delivery, now) for delivery, _ in turns}
        account.announced.update((delivery, now) for delivery, _ in again)
        if len(turns) - len(fresh) < len(before):  # some were taken care of
            account.again_s, account.rest_s = FIRST_AGAIN_S, 0
        else:
            account.again_s = min(account.again_s * 2, LONGEST_AGAIN_S) if again else account.again_s
            account.rest_s = 0 if fresh else min(max(account.rest_s * 2, FIRST_REST_S), LONGEST_REST_S)
        account.look_at = now + account.rest_s
        return [*again, *fresh]
