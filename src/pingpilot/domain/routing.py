"""Which destinations an event goes to."""

from collections.abc import Sequence
from typing import NamedTuple

from pingpilot.domain.category import Category
from pingpilot.domain.ids import DestinationId, WorkspaceId


class Route(NamedTuple):
    """An active (verified and not disabled) destination, the kind of its channel, and whose it is."""

    destination: DestinationId
    channel: str
    workspace: WorkspaceId


def routes_of(category: Category, active: Sequence[Route]) -> Sequence[Route]:
    """Return all active destinations, unless the category is muted (none) or names its own.

    Source: SPEC section 7.2.
    """
    if category.muted:
        return []
    if category.destinations is None:
        return active
    return [route for route in active if route.destination in category.destinations]
