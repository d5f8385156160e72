"""What a foreign door is: how it reads a call, and how that service answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pingpilot.domain.door import DoorSpec
from pingpilot.domain.errors import PingPilotError
from pingpilot.doors.arrival import Arrival
from pingpilot.doors.report import Report

CLIENT_MAX_BYTES = 65_536
"""As an event of ours. Source: SPEC section 4."""
WEBHOOK_MAX_BYTES = 1_048_576
Members = Mapping[str, object]


def our_answer(_arrival: Arrival, _reports: Sequence[Report], ids: Sequence[str]) -> Members:
    """Say what was stored in our own words, where a service only looks at the status."""
    return {"message": "Event processed successfully", "code": "accepted", "eventId": ids[0], "eventIds": list(ids)}


@dataclass(frozen=True, slots=True)
class Service:
    """One service whose clients or webhooks find their address here: ``/in/<name>``, and ``path`` where it has its own.

    ``read`` returns what a call reports, nothing where it cannot tell: the call is kept as it came then. It raises
    InvalidRequest where the service itself would refuse. ``accepted`` and ``refused`` are the service's own answers.
    ``is_signed`` checks a signature under the workspace's secret; ``key_in`` finds a key that comes in the body.
    """

    name: str
    label: str
    about: str
    steps: Sequence[str]
    read: Callable[[Arrival], Sequence[Report]]
    maps: Sequence[tuple[str, str]]
    category: str
    repeats: str
    notes: Sequence[str] = ()
    path: str = ""
    methods: Sequence[str] = ("POST",)
    body_max_bytes: int = WEBHOOK_MAX_BYTES
    accepted: Callable[[Arrival, Sequence[Report], Sequence[str]], Members] = our_answer
    refused: Callable[[PingPilotError, int], tuple[int, Members]] | None = None
    is_signed: Callable[[Arrival, str], bool] | None = None
    key_in: Callable[[Arrival], str] | None = None
    signed_by: str = ""

    @property
    def spec(self) -> DoorSpec:
        """What is told of it."""
        return DoorSpec(self.name, self.label, self.about, self.steps, self.path, self.signed_by)
