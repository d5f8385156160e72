"""A category's events, as looked for, as a file."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from pingpilot.accounts.limits import at_most
from pingpilot.console.ranges import Range, range_of
from pingpilot.console.search import Search, search_of
from pingpilot.console.streams import streamed
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.role import Action
from pingpilot.manage import categories, downloads, statistics
from pingpilot.store.models import Category, Event


@at_most("download")
@for_members(Action.LOOK)
@require_safe
def as_csv(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """Hand out what the page shows, all pages of it, with a column for each field."""
    wanted = _Wanted.of(request, viewer, name)
    fields = statistics.summary(wanted.category, wanted.range.span, viewer.zone).fields
    lines = downloads.as_csv(wanted.pages(viewer), [field.name for field in fields])
    return streamed(lines, f"{wanted.stem}.csv")


@at_most("download")
@for_members(Action.LOOK)
@require_safe
def as_ndjson(request: HttpRequest, viewer: Viewer, name: str) -> HttpResponseBase:
    """Hand out what the page shows, one JSON object a line."""
    wanted = _Wanted.of(request, viewer, name)
    return streamed(downloads.as_ndjson(wanted.pages(viewer)), f"{wanted.stem}.ndjson")


class _Wanted(NamedTuple):
    """What to hand out."""

    category: Category
    range: Range
    search: Search

    @classmethod
    def of(cls, request: HttpRequest, viewer: Viewer, name: str) -> "_Wanted":
        return cls(categories.find(viewer.workspace, name), range_of(request, viewer), search_of(request))

    @property
    def stem(self) -> str:
        return f"{self.category.name}-{self.range.first}-{self.range.last}"

    def pages(self, viewer: Viewer) -> Iterator[Sequence[Event]]:
        span = self.range.span
        wanted = self.search.wanted(self.category.name, span.start, span.end)
        return downloads.pages(viewer.services, viewer.workspace, wanted)
