"""Keeps below what providers take, where they say how much that is: a refusal may shut us out for hours.

The generic cell rate algorithm, an instant for each scope: when it would be at rest again. What may not go yet waits in
its lane, without a lease; a provider's refusal is still heard (`pacing`), since its true limits may be lower.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pingpilot.deliver.pacing import Paused, key_of
from pingpilot.domain.rate import Rate
from pingpilot.domain.routing import Route

KNOWN_MAX = 10_000
"""Scopes that are counted; past it those at rest are forgotten, and all where none is."""


class Rates:
    """Counts what goes out, by the rates of each channel. Lives in one worker, which has its part of them."""

    def __init__(self, by_channel: Mapping[str, Sequence[Rate]], now: Callable[[], datetime]) -> None:
        """Take the rates by the kind of a channel, and the clock."""
        self._by_channel = {kind: rates for kind, rates in by_channel.items() if rates}
        self._now = now
        self._at_rest: dict[Paused, datetime] = {}
        self._workers: Callable[[], int] = lambda: 1

    def share_with(self, workers: Callable[[], int]) -> None:
        """Take who knows how many workers there are, this one among them: each has an equal part."""
        self._workers = workers

    def allow(self, route: Route) -> bool:
        """Tell whether one more may go on a route now."""
        rates = self._by_channel.get(route.channel)
        if not rates:
            return True
        now = self._now()
        return all(self._fits(rate, route, now) for rate in rates)

    def count(self, route: Route) -> None:
        """Count one that goes."""
        rates = self._by_channel.get(route.channel)
        if not rates:
            return
        now = self._now()
        if len(self._at_rest) >= KNOWN_MAX:
            busy = {key: at for key, at in self._at_rest.items() if at > now}
            self._at_rest = busy if len(busy) < KNOWN_MAX else {}
        for rate in rates:
            key = key_of(route, rate.scope)
            self._at_rest[key] = max(now, self._since(rate, key, now)) + rate.every * self._workers()

    def __len__(self) -> int:
        """Return how many scopes are counted."""
        return len(self._at_rest)

    def _fits(self, rate: Rate, route: Route, now: datetime) -> bool:
        workers = self._workers()
        waits = self._since(rate, key_of(route, rate.scope), now) - now
        return waits <= rate.every * workers * (max(1, rate.burst // workers) - 1)

    def _since(self, rate: Rate, key: Paused, now: datetime) -> datetime:
        """Return when a scope is at rest. One that would take longer than a burst saw its clock set back: it is now."""
        at = self._at_rest.get(key, now)
        longest = rate.every * (rate.burst + 1) * self._workers()
        return at if at - now <= longest else now
