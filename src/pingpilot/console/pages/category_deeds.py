"""What is done to a category with one press: silence it, and say where its events go."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pingpilot.console.present import complain, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import NotFound
from pingpilot.domain.role import Action
from pingpilot.manage import categories


@for_members(Action.CATEGORIES)
@require_POST
def mute(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Send a category's events nowhere from now on, and offer to take that back."""
    _set_muted(viewer, name, is_muted=True)
    say(
        request,
        "Muted. Its events are stored and shown, and sent nowhere.",
        undo=reverse("category-unmute", args=[name]),
    )
    return redirect("category", name)


@for_members(Action.CATEGORIES)
@require_POST
def unmute(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Send a category's events to its channels again."""
    _set_muted(viewer, name, is_muted=False)
    say(request, "No longer muted.")
    return redirect("category", name)


@for_members(Action.CATEGORIES)
@require_POST
def route(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Give a category channels of its own, or all of them."""
    chosen = [int(one) for one in request.POST.getlist("destination") if one.isdecimal() and len(one) < 16]
    is_own = request.POST.get("channels") == "own"
    if is_own and not chosen:
        complain(request, "Choose at least one channel, or mute the category.")
        return redirect("category-edit", name)
    try:
        categories.route(viewer.services, viewer.workspace, name, chosen if is_own else None, viewer.actor)
    except NotFound as error:
        complain(request, f"{error.message}.")
        return redirect("category-edit", name)
    say(request, "Saved.")
    return redirect("category", name)


def _set_muted(viewer: Viewer, name: str, *, is_muted: bool) -> None:
    wanted = categories.draft_of(categories.find(viewer.workspace, name))
    categories.update(viewer.services, viewer.workspace, name, replace(wanted, is_muted=is_muted), viewer.actor)
