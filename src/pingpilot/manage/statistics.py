"""Counts and sums of events: a category's card and its page. Set-based: the database counts, we show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncDate

from pingpilot.domain.quota import Month
from pingpilot.manage.events import with_deliveries
from pingpilot.manage.periods import Span
from pingpilot.store.models import Category, Event, Workspace
from pingpilot.store.sql import ask, is_sqlite, stamp
from pingpilot.store.statistics import FIELDS_MAX, exact

SAMPLE_MAX = 1_000
"""Events per category that a card looks into for field names: the latest of the month."""


@dataclass(frozen=True, slots=True)
class Card:
    """A category on the dashboard: this month's events, distinct field names, and when the last event happened."""

    category: Category
    events: int
    fields: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class FieldTotal:
    """A field seen in a span. ``total`` sums its numbers over the whole span; None where it had none."""

    name: str
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A category over a span: all events, the fields in the order received, and the events of each day that had any."""

    events: int
    fields: Sequence[FieldTotal]
    days: Sequence[tuple[date, int]]


def cards(workspace: Workspace, month: Month) -> list[Card]:
    """Return the cards of a workspace in the order of its categories."""
    latest = Event.objects.filter(category=OuterRef("pk")).order_by("-occurred_at").values("occurred_at")[:1]
    rows = list(Category.objects.filter(workspace=workspace).order_by("pk").annotate(last_at=Subquery(latest)))
    ids, span = [row.pk for row in rows], Span(month.start, month.end)
    counts, names = _counts(ids, span), _field_counts(ids, span)
    return [Card(row, counts.get(row.pk, 0), names.get(row.pk, 0), row.last_at) for row in rows]


def summary(category: Category, span: Span, zone: ZoneInfo) -> Summary:
    """Return what happened in a category over a span; days are the viewer's."""
    days = _within(category, span).annotate(day=TruncDate("occurred_at", tzinfo=zone)).values("day")
    counted = [(row["day"], row["events"]) for row in days.annotate(events=Count("pk")).order_by("day")]
    return Summary(sum(events for _, events in counted), _fields(category, span), counted)


def events_of(category: Category, span: Span, page: int, size: int) -> list[Event]:
    """Return one page, from 1, of a category's events in a span with their deliveries, newest first."""
    start = (max(1, page) - 1) * size
    return list(with_deliveries(_within(category, span).order_by("-occurred_at", "-id"))[start : start + size])


def _within(category: Category, span: Span) -> QuerySet[Event]:
    return Event.objects.filter(category=category, occurred_at__gte=span.start, occurred_at__lt=span.end)


def _counts(categories: Sequence[int], span: Span) -> dict[int, int]:
    rows = Event.objects.filter(category__in=categories, occurred_at__gte=span.start, occurred_at__lt=span.end)
    counted = rows.values_list("category").annotate(events=Count("pk")).order_by()
    return {category: events for category, events in counted if category is not None}


def _field_counts(categories: Sequence[int], span: Span) -> dict[int, int]:
    if not categories:
        return {}
    marks = ",".join(["%s"] * len(categories))
    each = "json_each(e.fields) f" if is_sqlite() else "json_object_keys(e.fields::json) AS f(key)"
    statement = f"""
        SELECT e.category_id, COUNT(DISTINCT f.key) FROM (
            SELECT category_id, fields, ROW_NUMBER() OVER (PARTITION BY category_id ORDER BY occurred_at DESC) AS age
            FROM store_event WHERE category_id IN ({marks}) AND occurred_at >= %s AND occurred_at < %s
        ) e, {each} WHERE e.age <= {SAMPLE_MAX} GROUP BY e.category_id
    """  # noqa: S608 - nothing but placeholders and constants is put in
    return dict(ask(statement, [*categories, *_ends(span)]))


def _fields(category: Category, span: Span) -> list[FieldTotal]:
    each, number = (
        ("json_each(e.fields) f", "CASE WHEN f.type IN ('integer', 'real') THEN f.value END")
        if is_sqlite()
        else (
            "json_each(e.fields::json) WITH ORDINALITY AS f(key, value, id)",
            "CASE WHEN json_typeof(f.value) = 'number' THEN (f.value #>> '{}')::numeric END",
        )
    )
    statement = f"""
        SELECT f.key, SUM({number}) FROM store_event e, {each}
        WHERE e.category_id = %s AND e.occurred_at >= %s AND e.occurred_at < %s
        GROUP BY f.key ORDER BY MIN(f.id), f.key LIMIT {FIELDS_MAX}
    """  # noqa: S608 - as above
    return [
        FieldTotal(name, None if total is None else exact(total))
        for name, total in ask(statement, [category.pk, *_ends(span)])
    ]


def _ends(span: Span) -> tuple[Any, Any]:
    return stamp(span.start.astimezone(UTC)), stamp(span.end.astimezone(UTC))
