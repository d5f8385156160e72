"""Parts of a page that keep themselves up to date: sent again when they say something new."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from pingpilot.console.usage import usage_context
from pingpilot.console.viewer import Viewer
from pingpilot.console.whereabouts import ASKED

_CHANGES_BY_ITSELF = re.compile(r"(<time [^>]*>)[^<]*|name=\"csrfmiddlewaretoken\" value=\"\w+\"")
"""Words like "2 min ago", which the browser keeps right, and the token, which is masked anew in every answer."""

ALIVE = " data-live "
"""Stands in the frame of a part that keeps itself up to date."""


@dataclass(frozen=True, slots=True)
class Region:
    """A live part: its id in the page, its template, the address that answers with it (and the query), what it shows.

    ``is_final``: nothing in it will change any more, so the browser stops asking.
    """

    id: str
    template: str
    url: str
    context: Mapping[str, object]
    query: Mapping[str, str] = field(default_factory=dict)
    is_final: bool = False


def drawn(request: HttpRequest, viewer: Viewer, region: Region) -> SafeString:
    """Return the region's HTML for its page."""
    inner = _inner(request, viewer, region)
    return _framed(viewer, region, inner, _mark(inner))


def refreshed(request: HttpRequest, viewer: Viewer, region: Region) -> HttpResponse:
    """Answer a browser that has the region with the mark ``seen``: 204 when it still says the same."""
    inner = _inner(request, viewer, region)
    mark = _mark(inner)
    if request.GET.get("seen") == mark and not region.is_final:
        return HttpResponse(status=204)
    return HttpResponse(_framed(viewer, region, inner, mark) + _usage(viewer))


def _inner(request: HttpRequest, viewer: Viewer, region: Region) -> SafeString:
    return render_to_string(region.template, {"viewer": viewer, **region.context}, request)


def _usage(viewer: Viewer) -> SafeString:
    """Return the usage bar of the frame, which htmx puts in its place: what changed may have used the plan."""
    return render_to_string("console/parts/usage.html", {**usage_context(viewer), "is_refresh": True})


def _mark(inner: str) -> str:
    return hashlib.sha256(_CHANGES_BY_ITSELF.sub(r"\1", inner).encode()).hexdigest()[:16]


def _framed(viewer: Viewer, region: Region, inner: SafeString, mark: str) -> SafeString:
    """Frame the region: it goes on asking about the workspace of its page, whichever is chosen elsewhere."""
    url = f"{region.url}?{urlencode({**region.query, 'seen': mark, ASKED: viewer.workspace.pk})}"
    return render_to_string("console/components/live.html", {"region": region, "inner": inner, "url": url})
