"""Ranges of time as a category's page offers them: read from an address, shown as tabs, told on a chart's axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.http import HttpRequest

from pingpilot.console.viewer import Viewer
from pingpilot.manage.periods import Span, Step, Tab, span_of

FIRST_DAY = date(2000, 1, 1)
TABS = ((Tab.TODAY, "Today"), (Tab.WEEK, "This week"), (Tab.MONTH, "This month"))
STEP_WORDS = {Step.HOUR: "hour", Step.DAY: "day", Step.WEEK: "week", Step.MONTH: "month"}


@dataclass(frozen=True, slots=True)
class Range:
    """What is chosen, and the days that it begins and ends with."""

    tab: Tab
    span: Span

    @property
    def first(self) -> date:
        """The first day."""
        return self.span.start.date()

    @property
    def last(self) -> date:
        """The last day."""
        return self.span.end.date() - timedelta(days=1)

    @property
    def query(self) -> dict[str, str]:
        """What stands in an address for it."""
        if self.tab is not Tab.CUSTOM:
            return {"range": self.tab.value}
        return {"range": self.tab.value, "from": self.first.isoformat(), "to": self.last.isoformat()}


class Label(NamedTuple):
    """What a bar stands for: in full, and in short below it."""

    long: str
    short: str


def range_of(request: HttpRequest, viewer: Viewer) -> Range:
    """Return the range that an address asks for; this month where it says nothing that makes sense."""
    wanted, now = request.GET.get("range", ""), viewer.services.now()
    first, last = _day(request, "from", now), _day(request, "to", now)
    is_custom = wanted == Tab.CUSTOM or (not wanted and (first or last))
    tab = Tab.CUSTOM if is_custom else next((tab for tab, _ in TABS if tab == wanted), Tab.MONTH)
    return Range(tab, span_of(tab, now, viewer.zone, first, last))


def labels_of(starts: Sequence[datetime], step: Step) -> list[Label]:
    """Return what the steps of a chart are called."""
    return [_label(at, step, len(starts)) for at in starts]


def _label(at: datetime, step: Step, steps: int) -> Label:
    day = f"{at:%a} {at.day} {at:%b}"
    match step:
        case Step.HOUR:
            return Label(f"{day}, {at:%H:%M}", f"{at:%H:%M}")
        case Step.DAY:
            return Label(day, f"{at:%a}" if steps <= 7 else f"{at.day} {at:%b}")
        case Step.WEEK:
            return Label(f"Week of {at.day} {at:%b %Y}", f"{at.day} {at:%b}")
        case Step.MONTH:
            return Label(f"{at:%B %Y}", f"{at:%b %Y}")


def _day(request: HttpRequest, name: str, now: datetime) -> date | None:
    """Return a day, at the least the first one that can be and at the most a year ahead; None for none."""
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
    return max(FIRST_DAY, min(day, now.date() + timedelta(days=366)))
