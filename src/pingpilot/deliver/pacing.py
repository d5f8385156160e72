"""What is paused, and until when: an address, a credential, a channel, or all."""

from datetime import datetime

from pingpilot.domain.outcome import Scope
from pingpilot.domain.routing import Route
from pingpilot.store.deliveries import Job

_Paused = tuple[Scope, str]
PAUSES_MAX = 10_000
"""Past this many, pauses that have ended are forgotten."""


class Pauses:
    """Remembers what providers told us to leave alone for a while. Lives in one worker."""

    def __init__(self) -> None:
        """Begin with nothing paused."""
        self._until: dict[_Paused, datetime] = {}

    def pause(self, job: Job, scope: Scope, until: datetime, now: datetime) -> None:
        """Pause a scope of this delivery; a later end stays."""
        if len(self._until) >= PAUSES_MAX:
            self._until = {key: end for key, end in self._until.items() if end > now}
        key = _key(job, scope)
        self._until[key] = max(until, self._until.get(key, until))

    def until(self, way: Job | Route, now: datetime) -> datetime | None:
        """Return when deliveries on this way may be attempted, or None for at once."""
        if not self._until:
            return None
        ends = [end for scope in Scope if (end := self._until.get(_key(way, scope))) is not None and end > now]
        return max(ends, default=None)


def _key(way: Job | Route, scope: Scope) -> _Paused:
    match scope:
        case Scope.ADDRESS:
            return scope, str(way.destination)
        case Scope.CREDENTIAL | Scope.CHANNEL:
            return scope, way.channel
        case Scope.PROCESS:
            return scope, ""
