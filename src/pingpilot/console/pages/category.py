"""One category: its events in a table, or, before the first one, how to send it."""

from collections.abc import Sequence
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.present import page
from pingpilot.console.rows import rows_of
from pingpilot.console.samples import samples
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.role import Action
from pingpilot.manage import categories, events, keys, statistics
from pingpilot.manage.periods import Tab, span_of
from pingpilot.store.models import Category

PAGE_SIZE = 50
TABS = ((Tab.TODAY, "Today"), (Tab.WEEK, "This week"), (Tab.MONTH, "This month"))


@for_members(Action.LOOK)
@require_safe
def category(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Show a category."""
    found = categories.find(viewer.workspace, name)
    region = _region(request, viewer, found)
    context = {"active": "dashboard", "category": found, "events_live": drawn(request, viewer, region)}
    return page(request, viewer, "console/category.html", context)


@for_members(Action.LOOK)
@require_safe
def category_live(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponse:
    """Answer with what has changed."""
    return refreshed(request, viewer, _region(request, viewer, categories.find(viewer.workspace, name)))


def _region(request: HttpRequest, viewer: Viewer, found: Category) -> Region:
    tab, number = _tab(request), _page_number(request)
    is_new = not events.recent(viewer.workspace, found, limit=1).events
    context = {"category": found, "tab": tab, "tabs": TABS, "is_new": is_new}
    context |= _first_call(viewer, found) if is_new else _table(viewer, found, tab, number)
    url = reverse("category-live", args=[found.name])
    query = {"range": tab.value, "page": str(number)}
    return Region("category-events", "console/parts/category_events.html", url, context, query)


def _first_call(viewer: Viewer, found: Category) -> dict[str, object]:
    key = keys.primary(viewer.workspace)
    return {
        "samples": samples(viewer.services.public_url, found.name),
        "key": key,
        "mask": keys.mask(key),
        "back": reverse("category", args=[found.name]),
    }


def _table(viewer: Viewer, found: Category, tab: Tab, number: int) -> dict[str, object]:
    span = span_of(tab, viewer.services.now(), viewer.zone)
    summary = statistics.summary(found, span, viewer.zone)
    columns: Sequence[str] = [field.name for field in summary.fields]
    pages = ceil(summary.events / PAGE_SIZE)
    return {
        "summary": summary,
        "sums": [field for field in summary.fields if field.total is not None],
        "columns": columns,
        "rows": rows_of(statistics.events_of(found, span, number, PAGE_SIZE), columns),
        "page_number": number,
        "pages": pages,
        "newer": number - 1 if number > 1 else None,
        "older": number + 1 if number < pages else None,
    }


def _tab(request: HttpRequest) -> Tab:
    wanted = request.GET.get("range", "")
    return Tab(wanted) if wanted in {tab.value for tab, _ in TABS} else Tab.MONTH


def _page_number(request: HttpRequest) -> int:
    wanted = request.GET.get("page", "")
    return max(1, int(wanted)) if wanted.isdecimal() and len(wanted) < 9 else 1
