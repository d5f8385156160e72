"""How many messages a provider takes of us before it refuses some."""

from dataclasses import dataclass
from datetime import timedelta

from pingpilot.domain.outcome import Scope


@dataclass(frozen=True, slots=True)
class Rate:
    """One message ``every`` so often within a scope, and ``burst`` at once after a rest as long as they would take."""

    scope: Scope
    every: timedelta
    burst: int
