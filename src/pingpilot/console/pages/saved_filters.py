"""Searches that the workspace keeps under names, on the Events page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from pingpilot.console.forms import mark
from pingpilot.console.pages.events import SaveForm, events_page, query_of
from pingpilot.console.present import say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import InvalidRequest
from pingpilot.domain.role import Action
from pingpilot.manage import saved_filters


@for_members(Action.FILTERS)
@require_POST
def save(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep the search of the address under the name of the form; or of the address, when a removal is taken back."""
    name, query = request.POST.get("name", request.GET.get("name", "")), query_of(request)
    form = SaveForm({"name": name})
    if form.is_valid():
        try:
            kept = saved_filters.save(viewer.services, viewer.workspace, name, query, viewer.actor)
        except InvalidRequest as error:
            mark(form, error, "name")
        else:
            say(request, f"Saved “{kept.name}”. Everybody in this workspace finds it here.")
            return redirect(f"{reverse('events')}?{query}")
    return events_page(request, viewer, form, status=422)


@for_members(Action.FILTERS)
@require_POST
def remove(request: HttpRequest, viewer: Viewer, filter_id: int) -> HttpResponse:
    """Forget a search, and offer to take that back."""
    gone = saved_filters.remove(viewer.services, viewer.workspace, filter_id, viewer.actor)
    say(
        request,
        f"Removed “{gone.name}”.",
        undo=f"{reverse('filter-save')}?{gone.query}&{urlencode({'name': gone.name})}",
    )
    return redirect(f"{reverse('events')}?{gone.query}")
