"""GET /api/v1/stats."""

from datetime import datetime, timedelta

from django.http import HttpResponse
from ninja import Query as InQuery
from ninja import Router
from pydantic import Field

from pingpilot.api.answers import say, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.issues import Instant, Text
from pingpilot.api.shapes import Query, Shown
from pingpilot.domain.errors import InvalidRequest, Issue
from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.quota import Month
from pingpilot.store.statistics import statistics

router = Router(tags=["Statistics"])
RANGE_MAX = timedelta(days=366)


class StatsQuery(Query):
    """Which events are counted."""

    start: Instant | None = Field(None, alias="from", description="Default: the start of this month (UTC).")
    end: Instant | None = Field(None, alias="to", description="Until before this time. Default: now.")
    category: Text | None = Field(None, max_length=64, description="Count this category alone.")


class CategoryCount(Shown):
    """The events of one category."""

    category: str
    events: int


class DayCount(Shown):
    """The events of one UTC day; days without any are left out."""

    day: str
    events: int


class FieldSum(Shown):
    """The numbers of one field over the whole range."""

    name: str
    events: int = Field(description="How many events had a number there.")
    sum: float


class StatsShown(Shown):
    """Counts and sums over a range of at most 366 days."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    events: int
    by_category: list[CategoryCount]
    by_status: dict[EventStatus, int]
    by_day: list[DayCount]
    fields: list[FieldSum]


@router.get("/stats", auth=Bearer("events:read"), response=StatsShown, by_alias=True)
def show_stats(request: Call, query: InQuery[StatsQuery]) -> HttpResponse:
    """Count events by category, status and day, and sum their numeric fields over the whole range."""
    caller = request.auth
    start, end = _range(query, caller.services.now())
    category = query.category.lower() if query.category else None
    found = statistics(WorkspaceId(caller.workspace.pk), category, start, end)
    return say(
        {
            "from": time(start),
            "to": time(end),
            "events": found.events,
            "byCategory": [{"category": name, "events": count} for name, count in found.categories.items()],
            "byStatus": {status.value: count for status, count in found.statuses.items()},
            "byDay": [{"day": day.isoformat(), "events": count} for day, count in found.days.items()],
            "fields": [{"name": one.name, "events": one.events, "sum": one.total} for one in found.sums],
        }
    )


def _range(query: StatsQuery, now: datetime) -> tuple[datetime, datetime]:
    end = query.end or now
    start = query.start or Month.of(end).start
    if start > end:
        raise InvalidRequest([Issue("invalid_date", ("from",), "The range must begin before it ends")])
    if end - start > RANGE_MAX:
        rule = f"The range must not be longer than {RANGE_MAX.days} days"
        raise InvalidRequest([Issue("too_big", ("from",), rule)])
    return start, end
