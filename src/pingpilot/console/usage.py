"""How much of its plan a workspace has used: the bar in the frame of every page."""

from pingpilot.console.viewer import Viewer
from pingpilot.manage import troubles, workspaces
from pingpilot.manage.workspaces import Usage

NEARLY_FULL = 0.8
"""Source: SPEC section 8: owners are told at 80 %."""


def usage_context(viewer: Viewer) -> dict[str, object]:
    """Return what the usage bar's template asks for, and how many channels fail: the tab's icon tells it."""
    usage = workspaces.usage(viewer.services, viewer.workspace)
    return {"usage": usage, "usage_tone": _tone(usage), "failing": troubles.failing_in(viewer.workspace)}


def _tone(usage: Usage) -> str:
    if not usage.limit or usage.used < usage.limit * NEARLY_FULL:
        return ""
    return "is-full" if usage.used >= usage.limit else "is-near"
