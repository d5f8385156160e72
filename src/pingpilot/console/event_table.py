"""One page of a category's events as a table: found, in order, and the links to other pages and orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from pingpilot.console.ranges import Range
from pingpilot.console.rows import Row, rows_of
from pingpilot.console.search import Search, link
from pingpilot.console.viewer import Viewer
from pingpilot.manage import events, statistics
from pingpilot.manage.events import Wanted
from pingpilot.manage.sorting import SORTED_MAX, Part, sorted_page
from pingpilot.store.models import Category, Event

PAGE_SIZE = 50


class Asking(Protocol):
    """What a table has to know of an address."""

    @property
    def category(self) -> Category:
        """Whose events."""
        ...

    @property
    def range(self) -> Range:
        """From when."""
        ...

    @property
    def search(self) -> Search:
        """Which, and in which order."""
        ...

    @property
    def page(self) -> int:
        """Which page, from 1."""
        ...

    @property
    def after(self) -> str:
        """Or the cursor of the one before."""
        ...

    @property
    def query(self) -> dict[str, str]:
        """All but the page, as it stands in an address."""
        ...


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: a link that sorts by it, and the ``order`` if the table is sorted by it."""

    name: str
    href: str
    order: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows, heads, and where to go on. ``note`` says where we are, and what may be missing."""

    time: Head
    heads: Sequence[Head]
    rows: Sequence[Row]
    newer: str
    older: str
    note: str


def table_of(viewer: Viewer, asked: Asking, total: int, columns: Sequence[str]) -> Table:
    """Return the page that is asked for; ``total`` are the events of the range."""
    search = asked.search
    if search.sort or (search.is_ascending and search.is_any):
        found, newer, older, note = _in_order(viewer, asked)
    elif search.is_any:
        found, newer, older, note = _found(viewer, asked)
    else:
        found, newer, older, note = _in_range(asked, total)
    time, *heads = (_head(asked, name) for name in ("", *columns))
    return Table(time, heads, rows_of(found, columns), newer, older, note)


_Page = tuple[Sequence[Event], str, str, str]
"""Events, the links to the pages before and after, and a note."""


def _in_range(asked: Asking, total: int) -> _Page:
    is_ascending = asked.search.is_ascending
    found = statistics.events_of(asked.category, asked.range.span, asked.page, PAGE_SIZE, oldest_first=is_ascending)
    return found, *_numbered(asked, total)


def _found(viewer: Viewer, asked: Asking) -> _Page:
    found = events.listed(viewer.services, viewer.workspace, _wanted(asked), asked.after or None, PAGE_SIZE)
    newer = link(asked.query) if asked.after else ""
    older = link(asked.query, {"after": found.cursor}) if found.cursor else ""
    return events.read(found.events, has_deliveries=True), newer, older, ""


def _in_order(viewer: Viewer, asked: Asking) -> _Page:
    part = Part(asked.page, PAGE_SIZE)
    found = sorted_page(viewer.services, viewer.workspace, _wanted(asked), asked.search.order, part)
    newer, older, note = _numbered(asked, found.total)
    partly = f"The newest {SORTED_MAX:,} are sorted. Choose a shorter range for all." if found.is_partial else ""
    return found.events, newer, older, " · ".join(filter(None, (note, partly)))


def _wanted(asked: Asking) -> Wanted:
    return asked.search.wanted(asked.category.name, asked.range.span.start, asked.range.span.end)


def _numbered(asked: Asking, total: int) -> tuple[str, str, str]:
    pages = ceil(total / PAGE_SIZE)
    newer = link(asked.query, {"page": str(asked.page - 1)}) if asked.page > 1 else ""
    older = link(asked.query, {"page": str(asked.page + 1)}) if asked.page < pages else ""
    return newer, older, f"Page {asked.page} of {pages:,}" if pages > 1 else ""


def _head(asked: Asking, name: str) -> Head:
    """Return the head of a column; pressed once more it turns the order round."""
    search = asked.search
    is_here = search.sort == name
    order = ("ascending" if search.is_ascending else "descending") if is_here else ""
    turned = {"sort": name, "order": "asc" if is_here and not search.is_ascending else ""}
    return Head(name, link(asked.range.query, search.looked_for, turned), order)
