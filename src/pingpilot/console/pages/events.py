"""All events of the workspace, newest first."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.present import page
from pingpilot.console.rows import rows_of
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.role import Action
from pingpilot.manage import categories
from pingpilot.manage import events as use

PAGE_SIZE = 50


@for_members(Action.LOOK)
@require_safe
def events(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show one page of events; ``before`` is the cursor of the page above, ``category`` a name to stay within."""
    region = _region(request, viewer)
    context = {
        "active": "events",
        "categories": categories.list_all(viewer.workspace),
        "chosen": request.GET.get("category", ""),
        "list_live": drawn(request, viewer, region),
    }
    return page(request, viewer, "console/events.html", context)


@for_members(Action.LOOK)
@require_safe
def events_live(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with what has changed."""
    return refreshed(request, viewer, _region(request, viewer))


def _region(request: HttpRequest, viewer: Viewer) -> Region:
    before, name = request.GET.get("before", ""), request.GET.get("category", "")
    within = categories.find(viewer.workspace, name) if name else None
    found = use.recent(viewer.workspace, within, before or None, PAGE_SIZE)
    context = {"rows": rows_of(found.events), "cursor": found.cursor, "before": before, "category": within}
    query = {"before": before, "category": name}
    return Region("event-list", "console/parts/event_list.html", reverse("events-live"), context, query)
