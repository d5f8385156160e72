"""Turning what a use case returned into a page of the dashboard, and saying briefly what happened."""

from collections.abc import Mapping
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pingpilot.console.usage import usage_context
from pingpilot.console.viewer import Person, Viewer, viewer_of


class Link(NamedTuple):
    """One entry of the main navigation."""

    page: str
    text: str
    icon: str


LINKS = (
    Link("dashboard", "Dashboard", "home"),
    Link("events", "Events", "feed"),
    Link("channels", "Channels", "bell"),
    Link("api-key", "API key", "key"),
    Link("workspace", "Workspace", "people"),
    Link("account-settings", "Settings", "gear"),
)


def page(
    request: HttpRequest, viewer: Viewer | Person, template: str, context: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """Return a page with its frame; ``active`` in the context names the entry of the navigation.

    For who has no workspace the frame is bare.
    """
    inside = viewer_of(viewer) if isinstance(viewer, Person) else viewer
    frame = {"viewer": inside, "links": LINKS, **usage_context(inside)} if inside else {"viewer": viewer}
    return render(request, template, {**frame, **context}, status=status)


def say(request: HttpRequest, text: str, undo: str = "") -> None:
    """Show a toast on the next page; ``undo`` is the address that a POST to takes the deed back."""
    messages.success(request, text, extra_tags=undo)


def complain(request: HttpRequest, text: str) -> None:
    """Show a toast on the next page that says what was refused."""
    messages.error(request, text)
