"""Which destinations an event goes to."""

from collections.abc import Iterable
from dataclasses import dataclass

from pingpilot.domain.category import Category
from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.packing import packed


@packed
@dataclass(frozen=True, slots=True)
class Route:
    """An active (verified and not disabled) destination, the kind of its channel, and whose it is."""

    destination: DestinationId
    channel: str
    workspace: WorkspaceId


def routes_of(category: Category, active: Iterable[Route]) -> list[Route]:
    """Return all active destinations, unless the category is muted (none) or names its own.

    Source: SPEC section 7.2.
    """
    if category.muted:
        return []
    if category.destinations is None:
        return list(active)
    return [route for route in active if route.destination in category.destinations]
