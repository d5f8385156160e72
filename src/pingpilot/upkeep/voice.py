"""What the chores that speak to people make their words of."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pingpilot.domain.event import NewEvent, Purpose
from pingpilot.domain.ids import DeliveryId, EventId, WorkspaceId
from pingpilot.domain.routing import Route
from pingpilot.store.events import Accept


@dataclass(frozen=True, slots=True)
class Voice:
    """The instance's address; each channel's name, and what its operator checks when it is refused; ids; the time.

    ``shared`` are the channels whose messages go out under a credential of the instance.
    """

    public_url: str
    labels: Mapping[str, str]
    remedies: Mapping[str, str]
    shared: Collection[str]
    new_ids: Callable[[int], list[str]]
    now: Callable[[], datetime]

    def notice(self, workspace: WorkspaceId, event: NewEvent, routes: Sequence[Route]) -> Accept:
        """Return the unit that tells a workspace something: it costs no quota, and rests on no revision."""
        event_id, *delivery_ids = self.new_ids(1 + len(routes))
        return Accept(
            workspace=workspace,
            revision=None,
            category=None,
            event=event,
            routes=routes,
            event_id=EventId(event_id),
            delivery_ids=[DeliveryId(one) for one in delivery_ids],
            received_at=self.now(),
            purpose=Purpose.NOTICE,
        )

    def label(self, channel: str) -> str:
        """Return the name of a channel; its kind where this instance lost it."""
        return self.labels.get(channel, channel)
