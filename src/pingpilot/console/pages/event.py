"""The receipt of one event: what was reported, and what became of it on every channel."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.outcomes import outcome_region
from pingpilot.console.present import page
from pingpilot.console.rows import row_of
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.event import Purpose
from pingpilot.domain.role import Action
from pingpilot.manage import events


@for_members(Action.LOOK)
@require_safe
def event(request: HttpRequest, viewer: Viewer, event_id: str) -> HttpResponse:
    """Show the receipt."""
    receipt = events.receipt(viewer.workspace, event_id)
    context = {
        "active": "events",
        "receipt": receipt,
        "repeats_counted": events.REPEATS_COUNTED,
        "row": row_of(receipt.event),
        "is_report": receipt.event.purpose == Purpose.REPORT,
        "deliveries_live": drawn(request, viewer, _region(viewer, event_id)),
    }
    return page(request, viewer, "console/event.html", context)


@for_members(Action.LOOK)
@require_safe
def event_live(request: HttpRequest, viewer: Viewer, event_id: str) -> HttpResponse:
    """Answer with what has changed."""
    return refreshed(request, viewer, _region(viewer, event_id))


def _region(viewer: Viewer, event_id: str) -> Region:
    return outcome_region(viewer, event_id, "console/parts/deliveries.html", reverse("event-live", args=[event_id]))
