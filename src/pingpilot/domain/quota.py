"""The month's allowance, in UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

_A_PACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month in UTC: the period of a quota."""

    year: int
    month: int

    @classmethod
    def of(cls, instant: datetime) -> "Month":
        """Return the month that an aware instant falls into."""
        utc = instant.astimezone(UTC)
        return cls(utc.year, utc.month)

    @property
    def start(self) -> datetime:
        """The first instant of the month."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant of the next month: when the quota resets."""
        return datetime(self.year + self.month // 12, self.month % 12 + 1, 1, tzinfo=UTC)


class OverLimit(StrEnum):
    """What becomes of events beyond the plan's number."""

    REJECT = "reject"
    """429, nothing is stored."""
    HOLD = "hold"
    """Stored and shown at once; delivered, and counted, when the quota allows."""


WARN_AT = (80, 100)
"""Per cent of the month's events at which owners are told. Source: SPEC section 8."""


def is_reached(percent: int, used: int, limit: int) -> bool:
    """Tell whether so much of a limit is used up."""
    return used * 100 >= limit * percent


def remaining(limit: int | None, used: int) -> int | None:
    """Return how many units are left, never below 0; None where there is no limit."""
    return None if limit is None else max(0, limit - used)


def projected(used: int, month: Month, now: datetime) -> int | None:
    """Return how many units a month comes to at the pace so far; None while that says little.

    Less than a day, or nothing used, is no pace.
    """
    gone = now - month.start
    if not used or gone < _A_PACE:
        return None
    return max(used, round(used * ((month.end - month.start) / gone)))
