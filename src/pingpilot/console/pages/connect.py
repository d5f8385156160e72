"""Connecting a service that reports by itself: its address, how to set it up, and the secret that it signs with."""

import re

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from pingpilot.console.forms import Text, mark
from pingpilot.console.present import page, say
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.door import DoorSpec
from pingpilot.domain.errors import InvalidRequest, NotFound
from pingpilot.domain.role import Action
from pingpilot.manage import categories, door_secrets

_LINK, _MARK = re.compile(r"\[([^\]]*)\]\([^)]*\)"), re.compile(r"[`*]")


class SecretForm(forms.Form):
    """The secret that a service signs with."""

    secret = Text("Signing secret", widget=forms.PasswordInput(attrs={"autocomplete": "off"}))


@for_members(Action.LOOK)
@require_safe
def connect(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the services."""
    context = {"active": "api-key", "doors": viewer.services.doors}
    return page(request, viewer, "console/connect.html", context)


@for_members(Action.LOOK)
@require_safe
def service(request: HttpRequest, viewer: Viewer, service: str) -> HttpResponse:
    """Say how one service is connected."""
    return _page(request, viewer, _door(viewer, service), SecretForm())


@for_members(Action.KEYS)
@require_POST
def share(request: HttpRequest, viewer: Viewer, service: str) -> HttpResponse:
    """Take only signed calls of a service from now on."""
    door, form = _signing_door(viewer, service), SecretForm(request.POST)
    if form.is_valid():
        try:
            door_secrets.share(viewer.services, viewer.workspace, door.name, form.cleaned_data["secret"], viewer.actor)
        except InvalidRequest as error:
            mark(form, error)
        else:
            say(request, f"From now on only calls that {door.label} has signed are taken.")
            return redirect("connect-service", door.name)
    return _page(request, viewer, door, form, status=422)


@for_members(Action.KEYS)
@require_POST
def give_up(request: HttpRequest, viewer: Viewer, service: str) -> HttpResponse:
    """Take a service's calls without a signature again."""
    door = _door(viewer, service)
    door_secrets.give_up(viewer.services, viewer.workspace, door.name, viewer.actor)
    say(request, f"Calls of {door.label} are taken without a signature again.")
    return redirect("connect-service", door.name)


def _door(viewer: Viewer, name: str) -> DoorSpec:
    """Return a door by its name; raises Http404."""
    try:
        return door_secrets.door_of(viewer.services, name)
    except NotFound as error:
        raise Http404(error.message) from error


def _signing_door(viewer: Viewer, name: str) -> DoorSpec:
    """Return the door of a service that signs its calls; raises Http404."""
    try:
        return door_secrets.signing_door_of(viewer.services, name)
    except NotFound as error:
        raise Http404(error.message) from error


def _page(request: HttpRequest, viewer: Viewer, door: DoorSpec, form: SecretForm, *, status: int = 200) -> HttpResponse:
    names = [category.name for category in categories.list_all(viewer.workspace)]
    chosen = "" if door.name in names or (door.path and "<" not in door.path) else next(iter(names), "")
    context = {
        "active": "api-key",
        "door": door,
        "address": door.address(viewer.services.public_url, chosen),
        "steps": [_plain(step) for step in door.steps],
        "about": _plain(door.about),
        "form": form,
        "shared": door_secrets.services_with_secret(viewer.workspace).get(door.name),
    }
    return page(request, viewer, "console/connect_service.html", context, status=status)


def _plain(text: str) -> str:
    """Return a step without its marks."""
    return _MARK.sub("", _LINK.sub(r"\1", text))
