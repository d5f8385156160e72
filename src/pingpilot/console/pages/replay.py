"""Sending again: one event, or all that has failed lately."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pingpilot.console.pages.events import REPLAY_SINCE
from pingpilot.console.present import complain, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import ChannelUnavailable, NotFound
from pingpilot.domain.event import EventStatus
from pingpilot.domain.role import Action
from pingpilot.manage import replays

NOTHING = "Nothing could be sent again: its channels are switched off, removed, or still at it."


@for_members(Action.REPLAY)
@require_POST
def event(request: HttpRequest, viewer: Viewer, event_id: str) -> HttpResponse:
    """Send an event again, to all of its channels or to the one that the form names, and show its receipt."""
    named = request.POST.get("destination", "")
    destination = int(named) if named.isdecimal() and len(named) < 16 else None
    try:
        count = replays.event(viewer.services, viewer.workspace, event_id, destination, viewer.actor)
    except (ChannelUnavailable, NotFound) as error:
        complain(request, f"{error.message}.")
    else:
        _tell(request, count)
    return redirect("event", event_id)


@for_members(Action.REPLAY)
@require_POST
def failed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Send again what has failed since so many hours."""
    hours = {str(hours): hours for hours, _ in REPLAY_SINCE}.get(request.POST.get("hours", ""), REPLAY_SINCE[0][0])
    since = viewer.services.now() - timedelta(hours=hours)
    count, has_more = replays.dead(viewer.services, viewer.workspace, since, None, viewer.actor)
    _tell(request, count)
    if has_more:
        complain(request, "There are more. Press once more for the next ones.")
    return redirect(
        f"{reverse('events')}?status={EventStatus.FAILED if has_more or not count else EventStatus.PENDING}"
    )


def _tell(request: HttpRequest, count: int) -> None:
    if count:
        say(request, f"Sending again: {count:,} {'delivery' if count == 1 else 'deliveries'}.")
    else:
        complain(request, NOTHING)
