"""Made-up events to look around in, on request; gone again with one press."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from pingpilot.console.present import complain, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import CategoryLimitReached
from pingpilot.domain.role import Action
from pingpilot.manage import sample_data


@for_members(Action.CATEGORIES)
@require_POST
def make(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Fill the dashboard with sample data."""
    try:
        sample_data.make(viewer.services, viewer.workspace, viewer.actor)
    except CategoryLimitReached as error:
        complain(request, error.message)
    else:
        say(request, "Sample data is in. It went to no channel, and takes nothing from your plan.")
    return redirect("dashboard")


@for_members(Action.CATEGORIES)
@require_POST
def remove(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take the sample data away."""
    sample_data.remove(viewer.services, viewer.workspace, viewer.actor)
    say(request, "The sample data is gone.")
    return redirect("dashboard")
