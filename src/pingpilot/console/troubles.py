"""The banners of what is wrong with channels: for the owners of a workspace, and for the operator."""

from dataclasses import dataclass
from datetime import datetime

from pingpilot.console.viewer import Viewer
from pingpilot.manage import troubles
from pingpilot.store.notices import Trouble


@dataclass(frozen=True, slots=True)
class Banner:
    """One destination in trouble, as its owner is told. ``number`` leads to its page."""

    number: int
    title: str
    reason: str
    is_gone: bool
    since: datetime


def troubles_context(viewer: Viewer) -> dict[str, object]:
    """Return what the banners' template asks for."""
    services = viewer.services
    is_operator = viewer.user.is_staff
    return {
        "troubles": [_banner(viewer, trouble) for trouble in troubles.of_workspace(viewer.workspace)],
        "refusals": troubles.of_instance(services) if is_operator else troubles.holding(services, viewer.workspace),
        "is_operator": is_operator,
    }


def _banner(viewer: Viewer, trouble: Trouble) -> Banner:
    label = troubles.label_of(viewer.services, trouble.channel)
    title = trouble.label or (f"{label} {trouble.address}" if trouble.address else label)
    return Banner(trouble.destination, title, trouble.reason, trouble.is_gone, trouble.since)
