"""The spans of time that a category's page offers, in the viewer's time zone, and the steps of charts in them."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Tab(StrEnum):
    """What a viewer may choose."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    CUSTOM = "custom"


class Step(StrEnum):
    """What one bar of a chart stands for."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_HOURS_UP_TO, _DAYS_UP_TO, _WEEKS_UP_TO = 2, 62, 371
"""Days of a span that are still shown in this step."""


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` until before ``end``."""

    start: datetime
    end: datetime


def span_of(tab: Tab, now: datetime, zone: ZoneInfo, first: date | None = None, last: date | None = None) -> Span:
    """Return the span of a tab as of now; weeks start on Monday. CUSTOM runs from ``first`` through ``last``."""
    today = now.astimezone(zone).date()
    match tab:
        case Tab.TODAY:
            return _days(today, today, zone)
        case Tab.WEEK:
            monday = today - timedelta(days=today.weekday())
            return _days(monday, monday + timedelta(days=6), zone)
        case Tab.MONTH:
            start = today.replace(day=1)
            return _days(start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1), zone)
        case Tab.CUSTOM:
            begin, end = sorted((first or today, last or today))
            return _days(begin, end, zone)


def step_of(span: Span) -> Step:
    """Return the step in which a span makes some tens of bars."""
    days = (span.end - span.start).days
    if days <= _HOURS_UP_TO:
        return Step.HOUR
    if days <= _DAYS_UP_TO:
        return Step.DAY
    return Step.WEEK if days <= _WEEKS_UP_TO else Step.MONTH


def starts_of(span: Span, step: Step) -> list[datetime]:
    """Return when each step of a span begins, in its time zone; the first and the last one may be cut short."""
    if step is Step.HOUR:
        begin, end = span.start.astimezone(UTC), span.end.astimezone(UTC)
        return [(begin + hour).astimezone(span.start.tzinfo) for hour in _hours(end - begin)]
    days = (span.start + timedelta(days=day) for day in range((span.end - span.start).days))
    return [at for at in days if at == span.start or _begins(at, step)]


def piled(starts: Sequence[datetime], counts: Mapping[datetime, int]) -> list[int]:
    """Return how much of some counts, by instants, falls into each step."""
    edges, sums = [at.astimezone(UTC) for at in starts], [0] * len(starts)
    for at, count in counts.items():
        step = bisect_right(edges, at.astimezone(UTC)) - 1
        if step >= 0:
            sums[step] += count
    return sums


def _begins(day: datetime, step: Step) -> bool:
    if step is Step.WEEK:
        return day.weekday() == 0
    return step is Step.DAY or day.day == 1


def _hours(length: timedelta) -> Iterator[timedelta]:
    hour = timedelta(hours=1)
    return (number * hour for number in range(-(-length // hour)))


def _days(first: date, last: date, zone: ZoneInfo) -> Span:
    """Whole days as the viewer's clocks have them, also where one has 23 or 25 hours."""
    return Span(
        datetime.combine(first, time(), tzinfo=zone), datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    )
