"""Signing in with a channel's provider: there, and back with what it tells of the address."""

import hmac
from datetime import timedelta
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from pingpilot.console.present import complain
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.console.whereabouts import ASKED
from pingpilot.domain.errors import ChannelUnavailable, InvalidDestination, InvalidProof, Overloaded
from pingpilot.domain.role import Action
from pingpilot.manage import connecting

SESSION_KEY = "pingpilot.connecting"
"""Where the session keeps what must come back: the channel, the state, the workspace, and until when."""
VALID_FOR = timedelta(minutes=10)

LOST = "This sign-in was not begun here, or waited too long. Begin again"


@for_members(Action.CHANNELS)
@require_POST
def leave(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """Lead to the provider by a page of ours: the answer to a form may not lead to another site itself."""
    try:
        leaving = connecting.leave(viewer.services, kind)
    except ChannelUnavailable as error:
        complain(request, error.message)
        return redirect("channels")
    until = (viewer.services.now() + VALID_FOR).timestamp()
    request.session[SESSION_KEY] = [kind, leaving.state, viewer.workspace.pk, until]
    return render(request, "socialaccount/leaving.html", {"url": leaving.url, "label": _label(viewer, kind)})


@for_members(Action.CHANNELS)
@require_safe
def back(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    """Take back whom the provider sends, in the workspace and the session that they left from; once."""
    begun_kind, state, workspace, until = request.session.get(SESSION_KEY) or ("", "", 0, 0)
    given = request.GET.get("state", "")
    is_ours = begun_kind == kind and hmac.compare_digest(given.encode("utf-8", "replace"), state.encode())
    if not is_ours or viewer.services.now().timestamp() > until:
        complain(request, LOST)
        return redirect("channels")
    if viewer.workspace.pk != workspace:  # another one was chosen meanwhile
        return redirect(f"{request.path}?{urlencode({**request.GET.dict(), ASKED: workspace})}")
    del request.session[SESSION_KEY]
    return _arrived(request, viewer, kind)


def _arrived(request: HttpRequest, viewer: Viewer, kind: str) -> HttpResponse:
    if request.GET.get("error"):
        complain(request, f"{_label(viewer, kind)} says that you did not agree. Nothing was added.")
        return redirect("channel-add", kind)
    try:
        added = connecting.add(viewer.services, viewer.workspace, kind, request.GET.get("code", ""), viewer.actor)
    except (ChannelUnavailable, InvalidDestination, InvalidProof, Overloaded) as error:
        complain(request, error.message)
        return redirect("channel-add", kind)
    return redirect(f"{reverse('channel', args=[added.destination.pk])}?test={added.begun.event}")


def _label(viewer: Viewer, kind: str) -> str:
    return viewer.services.channels[kind].SPEC.label
