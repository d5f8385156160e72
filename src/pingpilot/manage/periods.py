"""The spans of time that a category's page offers, in the viewer's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Tab(StrEnum):
    """What a viewer may choose."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    CUSTOM = "custom"


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


def _days(first: date, last: date, zone: ZoneInfo) -> Span:
    """Whole days as the viewer's clocks have them, also where one has 23 or 25 hours."""
    return Span(
        datetime.combine(first, time(), tzinfo=zone), datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)
    )
