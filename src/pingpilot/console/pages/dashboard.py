"""The first page of the dashboard: categories, first steps, and what is happening."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.present import page
from pingpilot.console.rows import rows_of
from pingpilot.console.troubles import troubles_context
from pingpilot.console.usage import usage_context
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.quota import Month
from pingpilot.domain.role import Action
from pingpilot.manage import events, statistics, workspaces

FEED_SIZE = 12
_NEW_FOR = timedelta(days=1)


@for_members(Action.LOOK)
@require_safe
def dashboard(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the workspace at a glance."""
    context = {
        "active": "dashboard",
        "glance": drawn(request, viewer, _glance(viewer)),
        "guesses_zone": _guesses_zone(viewer),
    }
    return page(request, viewer, "console/dashboard.html", context)


@for_members(Action.LOOK)
@require_safe
def dashboard_live(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with what has changed."""
    return refreshed(request, viewer, _glance(viewer))


def _glance(viewer: Viewer) -> Region:
    workspace = viewer.workspace
    context = {
        "steps": workspaces.first_steps(workspace),
        "cards": statistics.cards(workspace, Month.of(viewer.services.now())),
        "feed": rows_of(events.recent(workspace, limit=FEED_SIZE).events),
        **troubles_context(viewer),
        **usage_context(viewer),
    }
    return Region("glance", "console/parts/glance.html", reverse("dashboard-live"), context)


def _guesses_zone(viewer: Viewer) -> bool:
    """Whether the browser may tell its time zone: only for a new account that has not chosen one."""
    user = viewer.user
    return user.time_zone == "UTC" and viewer.services.now() - user.date_joined < _NEW_FOR
