"""Replacing a destination's signing secret."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from pingpilot.console.forms import posted
from pingpilot.console.pages.channels import channel_page
from pingpilot.console.present import complain, page
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.errors import ChannelUnavailable, SealBroken
from pingpilot.domain.role import Action
from pingpilot.domain.rotation import OVERLAPS
from pingpilot.manage import destinations, rotation

_CHOICES = (
    ("none", "At once", "Calls are refused until your endpoint has the new one. Right when the old one has leaked."),
    ("1h", "In 1 hour", "Time for a quick deploy."),
    ("24h", "In 24 hours", "Time to change it everywhere without a gap."),
    ("7d", "In 7 days", "For applications you cannot change today."),
)
"""How long the old secret goes on signing, and what that means."""


class RotateForm(forms.Form):
    """How long the old secret goes on signing."""

    overlap = forms.ChoiceField(choices=[(name, title) for name, title, _ in _CHOICES])


@for_members(Action.CHANNELS)
@require_http_methods(["GET", "POST"])
def rotate(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Ask how long the old secret shall go on signing, then make a new one and show it in this one answer."""
    destination = destinations.find(viewer.workspace, number)
    field = rotation.rotating_field(viewer.services, destination)
    form = RotateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        overlap = OVERLAPS[form.cleaned_data["overlap"]]
        try:
            new = rotation.rotate(viewer.services, destination, overlap, viewer.actor)
        except (ChannelUnavailable, SealBroken) as error:
            complain(request, error.message)
            return redirect("channel", number)
        destination.refresh_from_db()
        made = {field.name: new} if field else {}
        return channel_page(request, viewer, destination, made=made)
    if field is None:
        return redirect("channel", number)
    context = {"active": "channels", "destination": destination, "field": field, "choices": _CHOICES}
    return page(request, viewer, "console/channel_rotate.html", context)
