"""Counts and sums of events: a category's card and its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Subquery

from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.quota import Month
from pingpilot.domain.tally import start_of
from pingpilot.manage.events import with_deliveries
from pingpilot.manage.periods import Span, Step, piled, starts_of, step_of
from pingpilot.store import statistics
from pingpilot.store.models import Category, Event, Workspace
from pingpilot.store.statistics import FIELDS_MAX, Account, Lately

DAYS = 30
"""What a card looks back on, today included."""


@dataclass(frozen=True, slots=True)
class Card:
    """A category on the dashboard: this month's events, distinct field names, and when the last event happened.

    ``days`` are the events of the last ``DAYS`` days, those of the viewer's zone, the last one today's.
    """

    category: Category
    events: int
    fields: int
    last_at: datetime | None
    days: Sequence[int]


@dataclass(frozen=True, slots=True)
class FieldTotal:
    """A field seen in a span. ``total`` sums its numbers over the whole span; None where it had none."""

    name: str
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A category over a span: all events, the fields in the order received, the events of each day that had any.

    ``counts`` are those of each step, which begin at ``starts``.
    """

    events: int
    fields: Sequence[FieldTotal]
    days: Sequence[tuple[date, int]]
    step: Step
    starts: Sequence[datetime]
    counts: Sequence[int]


def cards(workspace: Workspace, now: datetime, zone: ZoneInfo) -> list[Card]:
    """Return the cards of a workspace as of now, in the order of its categories; the month is the quota's, of UTC."""
    latest = Event.objects.filter(category=OuterRef("pk")).order_by("-occurred_at").values("occurred_at")[:1]
    rows = list(Category.objects.filter(workspace=workspace).order_by("pk").annotate(last_at=Subquery(latest)))
    month, days = Month.of(now), last_days(now, zone)
    midnights = [datetime.combine(day, time(), zone) for day in (*days, days[-1] + timedelta(days=1))]
    found = statistics.by_category(WorkspaceId(workspace.pk), (month.start, month.end), midnights)
    lately = [found.get(row.name, Lately()) for row in rows]
    return [
        Card(row, one.month.events, len(one.month.fields), row.last_at, [one.days[day] for day in days])
        for row, one in zip(rows, lately, strict=True)
    ]


def last_days(now: datetime, zone: ZoneInfo) -> list[date]:
    """Return the days that a card looks back on, in the viewer's zone."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def summary(category: Category, span: Span, zone: ZoneInfo) -> Summary:
    """Return what happened in a category over a span; days are the viewer's."""
    workspace = WorkspaceId(category.workspace_id)
    account = statistics.account(workspace, category.name, span.start, span.end, zone)
    fields = sorted(account.whole.fields.items(), key=lambda one: (one[1].position, one[0]))
    step = step_of(span)
    starts = starts_of(span, step)
    return Summary(
        events=account.whole.events,
        fields=[FieldTotal(name, one.total if one.numbers else None) for name, one in fields[:FIELDS_MAX]],
        days=[(day, count) for day, count in sorted(account.days.items()) if count],
        step=step,
        starts=starts,
        counts=piled(starts, _by_instant(account, step, zone)),
    )


def _by_instant(account: Account, step: Step, zone: ZoneInfo) -> dict[datetime, int]:
    if step is Step.HOUR:
        return {start_of(slot): count for slot, count in account.slots.items()}
    return {datetime.combine(day, time(), zone): count for day, count in account.days.items()}


def events_of(category: Category, span: Span, page: int, size: int, *, oldest_first: bool = False) -> list[Event]:
    """Return one page, from 1, of a category's events in a span with their deliveries, newest first by default."""
    start = (max(1, page) - 1) * size
    rows = Event.objects.filter(category=category, occurred_at__gte=span.start, occurred_at__lt=span.end)
    order = ("occurred_at", "id") if oldest_first else ("-occurred_at", "-id")
    return list(with_deliveries(rows.order_by(*order))[start : start + size])
