"""Every kind of unit the writer knows. Import it after Django's set-up only, since it needs the tables."""

from pingpilot.store import deliveries, events, settlements
from pingpilot.store.commit import Committer


def committer() -> Committer:
    """Return a committer that knows every kind of unit."""
    return Committer(
        {
            events.Accept: events.accept,
            deliveries.Claim: deliveries.claim,
            settlements.Settle: settlements.settle,
            deliveries.Rescue: deliveries.rescue,
        }
    )
