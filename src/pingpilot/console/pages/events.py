"""All events of the workspace, newest first, and those among them that somebody looks for."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.accounts.limits import at_most
from pingpilot.console.forms import Text
from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.present import page
from pingpilot.console.rows import rows_of
from pingpilot.console.search import chips, form_of, link, search_of
from pingpilot.console.streams import streamed
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.event import EventStatus
from pingpilot.domain.role import Action
from pingpilot.manage import categories, downloads, saved_filters
from pingpilot.manage import events as use

PAGE_SIZE = 50
REPLAY_SINCE = ((24, "24 hours"), (168, "7 days"), (720, "30 days"))
"""Hours back from which what has failed may be sent again, and how that is said."""


class SaveForm(forms.Form):
    """What a search is kept under."""

    name = Text(
        "Name", widget=forms.TextInput(attrs={"maxlength": saved_filters.NAME_MAX_CHARS, "placeholder": "Failed sales"})
    )


@for_members(Action.LOOK)
@require_safe
def events(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show one page of events; ``before`` is the cursor of the page above, ``category`` a name to stay within."""
    return events_page(request, viewer, SaveForm())


def events_page(request: HttpRequest, viewer: Viewer, form: SaveForm, *, status: int = 200) -> HttpResponse:
    """Return the page of what the address looks for; ``form`` is the one to save that with."""
    query, kept = query_of(request), saved_filters.list_all(viewer.workspace)
    context = {
        "active": "events",
        "list_live": drawn(request, viewer, _region(request, viewer)),
        "query": query,
        "since": REPLAY_SINCE if search_of(request).status == EventStatus.FAILED else (),
        "saved": kept,
        "shown": next((one for one in kept if one.query == query), None),
        "save_form": form,
    }
    return page(request, viewer, "console/events.html", context, status=status)


def query_of(request: HttpRequest) -> str:
    """Return what an address looks for as it is written in addresses, in one way only; empty for anything."""
    return link(search_of(request).looked_for | {"category": _category(request)})[1:]


@for_members(Action.LOOK)
@require_safe
def events_live(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with what has changed."""
    return refreshed(request, viewer, _region(request, viewer))


@at_most("download")
@for_members(Action.LOOK)
@require_safe
def events_csv(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Hand out what is looked for; all fields stand in one column."""
    wanted = search_of(request).wanted(_category(request) or None)
    return streamed(downloads.as_csv(downloads.pages(viewer.services, viewer.workspace, wanted)), "events.csv")


@at_most("download")
@for_members(Action.LOOK)
@require_safe
def events_ndjson(request: HttpRequest, viewer: Viewer) -> HttpResponseBase:
    """Hand out what is looked for, one JSON object a line."""
    wanted = search_of(request).wanted(_category(request) or None)
    return streamed(downloads.as_ndjson(downloads.pages(viewer.services, viewer.workspace, wanted)), "events.ndjson")


def _region(request: HttpRequest, viewer: Viewer) -> Region:
    search, name, before = search_of(request), _category(request), request.GET.get("before", "")
    found = use.listed(viewer.services, viewer.workspace, search.wanted(name or None), before or None, PAGE_SIZE)
    query = search.looked_for | {"category": name}
    context = {
        **form_of(search, {}, ()),
        "categories": [("", "All categories"), *_names(viewer, name)],
        "chosen": name,
        "chips": _chips(request, name),
        "is_any": search.is_any or bool(name),
        "rows": rows_of(use.read(found.events, has_deliveries=True)),
        "newest": link(query) if before else "",
        "older": link(query, {"before": found.cursor}) if found.cursor else "",
    }
    return Region(
        "event-list", "console/parts/event_list.html", reverse("events-live"), context, query | {"before": before}
    )


def _category(request: HttpRequest) -> str:
    return request.GET.get("category", "").replace("\x00", "").lower()[:100]


def _names(viewer: Viewer, chosen: str) -> list[tuple[str, str]]:
    """Return the categories to choose from; one that is chosen but deleted may still have events."""
    known = [(one.name, f"{one.emoji} {one.name}".strip()) for one in categories.list_all(viewer.workspace)]
    is_known = not chosen or chosen in dict(known)
    return known if is_known else [*known, (chosen, f"{chosen} (deleted)")]


def _chips(request: HttpRequest, name: str) -> list[tuple[str, str]]:
    kept = {"category": name}
    return chips(search_of(request), kept) + ([(name, link(search_of(request).query))] if name else [])
