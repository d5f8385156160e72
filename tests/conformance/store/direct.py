"""Statistics by going through all events, one by one: what the quick ones have to equal."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Context, Decimal
from typing import Any

from django.db.models import Q

from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import WorkspaceId
from pingpilot.store.models import Category, Event
from pingpilot.store.statistics import FIELDS_MAX, Statistics, Sum

_WIDE = Context(prec=5_000)


def direct(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> Statistics:
    """Return what happened, as it stands in the events."""
    events = list(_reports(workspace, category, start, end))
    statuses = Counter(EventStatus(event.status) for event in events)
    return Statistics(
        events=len(events),
        categories=dict(Counter(event.category.name if event.category else event.category_name for event in events)),
        statuses={status: statuses[status] for status in EventStatus},
        days=dict(Counter(event.occurred_at.date() for event in events)),
        sums=_sums(events),
    )


def _reports(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> Iterator[Event]:
    rows = Event.objects.filter(workspace=workspace, purpose="report", occurred_at__gte=start, occurred_at__lt=end)
    if category is not None:
        living = Category.objects.filter(workspace=workspace, name=category).first()
        rows = rows.filter(Q(category=living) if living else Q(category=None, category_name=category))
    return iter(rows.select_related("category"))


def _sums(events: list[Event]) -> list[Sum]:
    found: dict[str, list[Decimal]] = {}
    for event in events:
        fields: dict[str, Any] = json.loads(event.fields, parse_float=Decimal, parse_int=Decimal)
        for name, value in fields.items():
            if isinstance(value, Decimal):
                found.setdefault(name, []).append(value)
    sums = []
    for name, values in found.items():
        total = Decimal(0)
        for value in values:
            total = _WIDE.add(total, value)
        sums.append(Sum(name, len(values), total))
    return sorted(sums, key=lambda one: (-one.events, one.name))[:FIELDS_MAX]
