"""What a viewer looks for in a list of events: read from an address, shown in a form, and kept in links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from pingpilot.domain.event import EventStatus, Severity
from pingpilot.manage.events import Wanted
from pingpilot.manage.sorting import Order
from pingpilot.store.filters import Comparison, Filter

VALUE_MAX_CHARS = 500
COMPARISONS = (
    ("eq", "is"),
    ("ne", "is not"),
    ("gt", "is more than"),
    ("gte", "is at least"),
    ("lt", "is less than"),
    ("lte", "is at most"),
)
"""How a field may be compared, and how that is said."""
STATUSES = ((EventStatus.PENDING, "Pending"), (EventStatus.DELIVERED, "Delivered"), (EventStatus.FAILED, "Failed"))
SEVERITIES = tuple((severity, severity.value.capitalize()) for severity in Severity)
_DEFAULT = COMPARISONS[0][0]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty is anything. ``is_ascending`` and ``sort``, a field, say in which order."""

    words: str = ""
    status: str = ""
    severity: str = ""
    field: str = ""
    comparison: str = _DEFAULT
    value: str = ""
    sort: str = ""
    is_ascending: bool = False

    @property
    def is_any(self) -> bool:
        """Whether anything is looked for at all."""
        return bool(self.words or self.status or self.severity or self.field)

    @property
    def has_more(self) -> bool:
        """Whether something is looked for that the form does not show at once."""
        return bool(self.severity or self.field)

    @property
    def is_sorted(self) -> bool:
        """Whether the order is another than the newest first."""
        return bool(self.sort) or self.is_ascending

    @property
    def order(self) -> Order:
        """The order, as the use case has it."""
        return Order(self.sort, is_descending=not self.is_ascending)

    @property
    def looked_for(self) -> dict[str, str]:
        """What stands in an address for it, but the order."""
        compared = {"field": self.field, "is": self.comparison, "value": self.value} if self.field else {}
        said = {"q": self.words, "status": self.status, "severity": self.severity, **compared}
        return {name: value for name, value in said.items() if value or name == "value"}

    @property
    def query(self) -> dict[str, str]:
        """What stands in an address for all of it."""
        order = {"sort": self.sort, "order": "asc" if self.is_ascending else ""}
        return self.looked_for | {name: value for name, value in order.items() if value}

    def wanted(self, category: str | None, start: datetime | None = None, end: datetime | None = None) -> Wanted:
        """Return it as the use cases have it, within a category and a range of time."""
        passing = Filter(
            category=category,
            status=EventStatus(self.status) if self.status else None,
            severity=Severity(self.severity) if self.severity else None,
            start=start,
            end=end,
            fields=(Comparison(self.field, self.comparison, self.value),) if self.field else (),
        )
        return Wanted(passing, self.words)


def search_of(request: HttpRequest) -> Search:
    """Return what an address looks for; what makes no sense in it counts as not there."""
    return Search(
        words=_text(request, "q"),
        status=_one_of(request, "status", [status.value for status, _ in STATUSES]),
        severity=_one_of(request, "severity", [severity.value for severity, _ in SEVERITIES]),
        field=_text(request, "field"),
        comparison=_one_of(request, "is", [name for name, _ in COMPARISONS]) or _DEFAULT,
        value=_text(request, "value"),
        sort=_text(request, "sort"),
        is_ascending=_text(request, "order") == "asc",
    )


def chips(search: Search, *kept: dict[str, str]) -> list[tuple[str, str]]:
    """Return what is looked for in words, each with the address that leaves it out."""
    query, found = search.query, []
    if search.words:
        found.append((f"“{search.words}”", link(*kept, query | {"q": ""})))
    if search.status:
        found.append((dict(STATUSES)[EventStatus(search.status)], link(*kept, query | {"status": ""})))
    if search.severity:
        found.append((f"{search.severity.capitalize()} severity", link(*kept, query | {"severity": ""})))
    if search.field:
        words = f"{search.field} {dict(COMPARISONS)[search.comparison]} {search.value or 'empty'}"
        left = {name: value for name, value in query.items() if name not in {"field", "is", "value"}}
        found.append((words, link(*kept, left)))
    return found


def form_of(search: Search, kept: dict[str, str], fields: Sequence[str]) -> dict[str, object]:
    """Return what the form asks for; ``kept`` goes along unseen, ``fields`` are names to choose from."""
    order = {name: value for name, value in search.query.items() if name in {"sort", "order"}}
    return {
        "search": search,
        "kept": kept | order,
        "fields": fields,
        "statuses": STATUSES,
        "severities": SEVERITIES,
        "comparisons": COMPARISONS,
        "chips": chips(search, kept),
        "all_link": link(kept) if kept else "?",
    }


def link(*queries: dict[str, str]) -> str:
    """Return an address of the same page with some queries, the later ones first."""
    whole: dict[str, str] = {}
    for query in queries:
        whole |= query
    return f"?{urlencode({name: value for name, value in whole.items() if value or name == 'value'})}"


def _text(request: HttpRequest, name: str) -> str:
    """Return a parameter; no database takes the character U+0000."""
    return request.GET.get(name, "").replace("\x00", "").strip()[:VALUE_MAX_CHARS]


def _one_of(request: HttpRequest, name: str, known: list[str]) -> str:
    wanted = _text(request, name)
    return wanted if wanted in known else ""
