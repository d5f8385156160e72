"""The plan: what is used of it, when it starts anew, and what the others have."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pingpilot.console.present import page
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.role import Action
from pingpilot.manage import workspaces
from pingpilot.store.plans import catalogue


@for_members(Action.LOOK)
@require_safe
def upgrade(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the plan beside those that are sold."""
    usage = workspaces.usage(viewer.services, viewer.workspace)
    context = {
        "active": "upgrade",
        "plan": usage.plan,
        "usage": usage,
        "plans": catalogue().offered,
    }
    return page(request, viewer, "console/upgrade.html", context)
