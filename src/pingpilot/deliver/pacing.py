"""What is paused, and until when: an address, a credential, a channel, or all."""

from datetime import datetime

from pingpilot.domain.outcome import Scope
from pingpilot.domain.routing import Route
from pingpilot.store.deliveries import Job

_Paused = tuple[Scope, str]
_Span = tuple[datetime, datetime]
"""From when to when. Before its beginning it does not hold: the clock was set back meanwhile."""
PAUSES_MAX = 10_000
"""Past this many, pauses that have ended are forgotten."""


class Pauses:
    """Remembers what providers told us to leave alone for a while. Lives in one worker."""

    def __init__(self) -> None:
        """Begin with nothing paused."""
        self._spans: dict[_Paused, _Span] = {}

    def pause(self, job: Job, scope: Scope, until: datetime, now: datetime) -> bool:
        """Pause a scope of this delivery; a later end stays. Returns whether it was free till now."""
        if len(self._spans) >= PAUSES_MAX:
            self._spans = {key: span for key, span in self._spans.items() if _holds(span, now)}
        key = _key(job, scope)
        known = self._spans.get(key)
        is_held = known is not None and _holds(known, now)
        self._spans[key] = (now, max(until, known[1]) if known and is_held else until)
        return not is_held

    def until(self, way: Job | Route, now: datetime) -> datetime | None:
        """Return when deliveries on this way may be attempted, or None for at once."""
        if not self._spans:
            return None
        found = (self._spans.get(_key(way, scope)) for scope in Scope)
        return max((span[1] for span in found if span and _holds(span, now)), default=None)


def _holds(span: _Span, now: datetime) -> bool:
    return span[0] <= now < span[1]


def _key(way: Job | Route, scope: Scope) -> _Paused:
    match scope:
        case Scope.ADDRESS:
            return scope, str(way.destination)
        case Scope.CREDENTIAL | Scope.CHANNEL:
            return scope, way.channel
        case Scope.PROCESS:
            return scope, ""
