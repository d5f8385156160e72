"""One category: counts, sums, a chart and its events; or, before the first one, how to send it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.charts import chart
from pingpilot.console.event_table import table_of
from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.present import page
from pingpilot.console.ranges import STEP_WORDS, TABS, Range, labels_of, range_of
from pingpilot.console.samples import samples
from pingpilot.console.search import Search, form_of, link, search_of
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.role import Action
from pingpilot.manage import categories, events, keys, statistics
from pingpilot.store.models import Category

_WAS_NEW = "listening"
"""Set in the address of the live part of a page that waits for the first event."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address of a category's page asks for. ``page`` counts from 1, ``after`` is a cursor."""

    category: Category
    range: Range
    search: Search
    page: int
    after: str

    @property
    def query(self) -> dict[str, str]:
        """What stands in an address for it, but the page."""
        return self.range.query | self.search.query


@for_members(Action.LOOK)
@require_safe
def category(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Show a category."""
    asked = _asked(request, viewer, name)
    is_new = _is_new(viewer, asked.category)
    context = {
        "active": "dashboard",
        "category": asked.category,
        "is_new": is_new,
        "events_live": drawn(request, viewer, _region(viewer, asked, is_new=is_new)),
        **({} if is_new else _bar(asked)),
    }
    return page(request, viewer, "console/category.html", context)


@for_members(Action.LOOK)
@require_safe
def category_live(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Answer with what has changed; the page that waited for the first event gets its ranges, too."""
    asked = _asked(request, viewer, name)
    is_new = _is_new(viewer, asked.category)
    answer = refreshed(request, viewer, _region(viewer, asked, is_new=is_new))
    if not is_new and request.GET.get(_WAS_NEW):
        bar = {"category": asked.category, "is_new": False, "is_refresh": True, **_bar(asked)}
        answer.write(render_to_string("console/parts/category_bar.html", bar, request))
    return answer


def _asked(request: HttpRequest, viewer: Viewer, name: str) -> Asked:
    number = request.GET.get("page", "")
    return Asked(
        category=categories.find(viewer.workspace, name),
        range=range_of(request, viewer),
        search=search_of(request),
        page=max(1, int(number)) if number.isdecimal() and len(number) < 9 else 1,
        after=request.GET.get("after", ""),
    )


def _is_new(viewer: Viewer, found: Category) -> bool:
    return not events.recent(viewer.workspace, found, limit=1).events


def _region(viewer: Viewer, asked: Asked, *, is_new: bool) -> Region:
    url = reverse("category-live", args=[asked.category.name])
    if is_new:
        return Region(
            "category-events",
            "console/parts/first_call.html",
            url,
            _first_call(viewer, asked.category),
            {_WAS_NEW: "1"},
        )
    page_query = {"page": str(asked.page), "after": asked.after}
    context = _shown(viewer, asked)
    return Region("category-events", "console/parts/category_events.html", url, context, asked.query | page_query)


def _first_call(viewer: Viewer, found: Category) -> dict[str, object]:
    key = keys.primary(viewer.workspace)
    return {
        "category": found,
        "samples": samples(viewer.services.public_url, found.name),
        "key": key,
        "mask": keys.mask(key),
        "back": reverse("category", args=[found.name]),
    }


def _bar(asked: Asked) -> Mapping[str, object]:
    """Return what the tabs and the form above the events ask for."""
    kept = asked.search.query
    return {
        "tabs": [(tab, label, link(kept, {"range": tab.value})) for tab, label in TABS],
        "range": asked.range,
        "search": asked.search,
        "download_query": link(asked.query)[1:],
    }


def _shown(viewer: Viewer, asked: Asked) -> dict[str, object]:
    span = asked.range.span
    summary = statistics.summary(asked.category, span, viewer.zone)
    columns = [field.name for field in summary.fields]
    return {
        "category": asked.category,
        "summary": summary,
        "sums": [field for field in summary.fields if field.total is not None],
        "numeric": {field.name for field in summary.fields if field.total is not None},
        "chart": chart(labels_of(summary.starts, summary.step), [(asked.category.color, summary.counts)]),
        "step": STEP_WORDS[summary.step],
        **form_of(asked.search, asked.range.query, columns),
        "table": table_of(viewer, asked, summary.events, columns),
    }
