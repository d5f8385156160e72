"""What is paused, and until when: an address, a credential, a channel, or all."""

from datetime import datetime
from typing import NamedTuple

from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.outcome import Scope
from pingpilot.domain.routing import Route
from pingpilot.store.deliveries import Job

Paused = tuple[str, str]
"""What is held back: the kind of scope, and which."""
_Span = tuple[datetime, datetime]
"""From when to when. Before its beginning it does not hold: the clock was set back meanwhile."""
_REFUSED = "refused"
"""In place of a scope: an address that refuses what identifies us there, until somebody mends it."""
LONGEST_S = 86_400.0
"""A provider's wish counts for a day at most. Source: SPEC section 7.3."""
PAUSES_MAX = 10_000
"""Past this many, pauses that have ended are forgotten."""


class Pauses:
    """Remembers what providers told us to leave alone for a while. Lives in one worker."""

    def __init__(self) -> None:
        """Begin with nothing paused."""
        self._spans: dict[Paused, _Span] = {}

    def pause(
        self, way: Job | Route, scope: Scope, until: datetime, now: datetime, *, is_refusal: bool = False
    ) -> bool:
        """Pause a scope of this way; a later end stays. Returns whether it was free till now.

        ``is_refusal``: we are refused, not asked to wait; of an address that ends with ``lift``, too.
        """
        if len(self._spans) >= PAUSES_MAX:
            self._spans = {key: span for key, span in self._spans.items() if _holds(span, now)}
        key = (_REFUSED, str(way.destination)) if is_refusal and scope is Scope.ADDRESS else key_of(way, scope)
        known = self._spans.get(key)
        is_held = known is not None and _holds(known, now)
        self._spans[key] = (now, max(until, known[1]) if known and is_held else until)
        return not is_held

    def until(self, way: Job | Route, now: datetime) -> datetime | None:
        """Return when deliveries on this way may be attempted, or None for at once."""
        if not self._spans:
            return None
        keys = [*(key_of(way, scope) for scope in Scope), (_REFUSED, str(way.destination))]
        found = map(self._spans.get, keys)
        return max((span[1] for span in found if span and _holds(span, now)), default=None)

    def refusing(self, since: datetime) -> list[DestinationId]:
        """Return the addresses that are paused since an instant or longer because they refuse us."""
        refused = ((key[1], span) for key, span in self._spans.items() if key[0] == _REFUSED)
        return [DestinationId(int(number)) for number, span in refused if span[0] <= since]

    def lift(self, destination: DestinationId) -> None:
        """Forget that an address refuses us."""
        self._spans.pop((_REFUSED, str(destination)), None)


class Told(NamedTuple):
    """A pause as one process tells it to the others: for how long, since their clocks may differ."""

    scope: Scope
    route: Route
    seconds: float

    def word(self) -> str:
        """Return it as a word."""
        route = self.route
        return f"{self.scope.value} {route.destination} {route.channel} {route.workspace} {self.seconds:.3f}"


def told(word: str) -> Told:
    """Read a word; raises ValueError where it is none."""
    scope, destination, channel, workspace, seconds = word.split(" ")
    route = Route(DestinationId(int(destination)), channel, WorkspaceId(int(workspace)))
    return Told(Scope(scope), route, min(float(seconds), LONGEST_S))


def _holds(span: _Span, now: datetime) -> bool:
    return span[0] <= now < span[1]


def key_of(way: Job | Route, scope: Scope) -> Paused:
    """Return what a scope of this way is."""
    match scope:
        case Scope.ADDRESS:
            return scope, str(way.destination)
        case Scope.CREDENTIAL:
            return scope, way.channel
        case Scope.CHANNEL:
            return scope, way.channel.partition("-")[0]  # a provider's channels share what stands before the hyphen
        case Scope.PROCESS:
            return scope, ""
