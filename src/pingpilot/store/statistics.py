"""Counts and sums of reports over a range of time, for a workspace or one of its categories.

Whole slots come from the tallies. What is only partly in the range, at its two ends, is counted one by one and added,
or taken off a whole slot, whichever are fewer; and what is not in the tallies yet is counted one by one, too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from pingpilot.domain.event import EventStatus
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.tally import Tally, slot_of, start_of
from pingpilot.store import tallies, tallying, undelivered
from pingpilot.store.cover import cover_of
from pingpilot.store.reports import Report, Scope, between, not_tallied
from pingpilot.store.snapshot import snapshot

FIELDS_MAX = 100


@dataclass(frozen=True, slots=True)
class Sum:
    """A field's numbers: how many events had one, and their sum."""

    name: str
    events: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Statistics:
    """What happened in a range; categories and days without events are left out. Days are those of UTC.

    ``sums`` are at most ``FIELDS_MAX``, the most frequent first.
    """

    events: int
    categories: Mapping[str, int]
    statuses: Mapping[EventStatus, int]
    days: Mapping[date, int]
    sums: Sequence[Sum]


@dataclass(slots=True)
class Lately:
    """What happened in a category lately: this month, and on each day."""

    month: Tally = field(default_factory=Tally)
    days: Counter[date] = field(default_factory=Counter)


@dataclass(slots=True)
class Account:
    """What happened in a range: events by category, by day and by slot, and all their fields.

    In UTC the slots of whole days may be gathered in the first one of each.
    """

    zone: tzinfo
    categories: Counter[str] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)
    slots: Counter[int] = field(default_factory=Counter)
    whole: Tally = field(default_factory=Tally)

    def take(self, reports: Iterable[Report], sign: int = 1) -> None:
        """Add reports one by one, or take them off with sign -1."""
        taken = Tally()
        for report in reports:
            taken.count(report.fields)
            self.categories[report.name] += sign
            self.days[report.at.astimezone(self.zone).date()] += sign
            self.slots[slot_of(report.at)] += sign
        self.whole.add(taken, sign)

    def take_days(self, events: Mapping[int, int]) -> None:
        """Add events by slot to the days that these fall into."""
        day, end = date.min, 0
        for slot in sorted(events):
            if slot >= end or day == date.min:
                day = start_of(slot).astimezone(self.zone).date()
                end = slot_of(datetime.combine(day + timedelta(days=1), time(), self.zone))
            self.days[day] += events[slot]


def statistics(workspace: WorkspaceId, category: str | None, start: datetime, end: datetime) -> Statistics:
    """Return what happened from ``start`` until before ``end``; ``category`` is a lower-case name."""
    with snapshot():
        account = _account(Scope.of(workspace, category), start, end, UTC)
        failed = undelivered.failed(workspace, category, start, end)
        pending = undelivered.pending(workspace, category, start, end)
    events = account.whole.events
    return Statistics(
        events=events,
        categories={name: count for name, count in sorted(account.categories.items()) if count},
        statuses={
            EventStatus.PENDING: pending,
            EventStatus.DELIVERED: events - pending - failed,
            EventStatus.FAILED: failed,
        },
        days={day: count for day, count in sorted(account.days.items()) if count},
        sums=_most_frequent(account.whole),
    )


def account(workspace: WorkspaceId, category: str, start: datetime, end: datetime, zone: tzinfo) -> Account:
    """Return what happened in a category; days are those of a zone."""
    with snapshot():
        return _account(Scope.of(workspace, category), start, end, zone)


def by_category(
    workspace: WorkspaceId, month: tuple[datetime, datetime], midnights: Sequence[datetime]
) -> dict[str, Lately]:
    """Return what happened in each category that exists: from begin to end of a month, and on each day.

    ``midnights`` are when each day begins, and when the last one ends, in the zone whose days they are.
    """
    found: dict[str, Lately] = defaultdict(Lately)
    begin, end = month
    with snapshot():
        scope = Scope.of(workspace, None)
        series = tallies.series_of(scope).categories
        for pk, _, one in tallies.whole(series, range(slot_of(begin), slot_of(end))):
            found[series[pk]].month.add(one)
        for pk, counts in tallies.events_by_day(series, [slot_of(at) for at in midnights]).items():
            found[series[pk]].days.update({at.date(): count for at, count in zip(midnights, counts, strict=False)})
        first, last = midnights[0].astimezone(UTC), midnights[-1].astimezone(UTC)
        for report in not_tallied(scope, tallying.mark(), min(begin, first), max(end, last)):
            found[report.name].days[report.at.astimezone(midnights[0].tzinfo).date()] += 1
            if begin <= report.at < end:
                found[report.name].month.count(report.fields)
    return {name: one for name, one in found.items() if name in scope.names.values()}


def _account(scope: Scope, start: datetime, end: datetime, zone: tzinfo) -> Account:
    account = Account(zone)
    cover, series = cover_of(scope, start, end), tallies.series_of(scope)
    chosen = list(series.categories) if scope.category is not None or series.all is None else [series.all]
    days: Counter[int] = Counter()
    for _, slot, one in tallies.whole(chosen, cover.slots):
        account.whole.add(one)
        days[slot] += one.events
    fine = days if zone is UTC else tallies.events_by_slot(chosen, cover.slots)
    account.slots.update(fine)
    account.take_days(fine)
    for pk, events in tallies.events_by_series(series.categories, cover.slots).items():
        account.categories[series.categories[pk]] += events
    for edge in cover.edges:
        account.take(between(scope, edge.start, edge.end), edge.sign)
    account.take(_rest(scope, cover.start, cover.end))
    return account


def _rest(scope: Scope, start: datetime, end: datetime) -> Iterator[Report]:
    return not_tallied(scope, tallying.mark(), start, end)


def _most_frequent(whole: Tally) -> list[Sum]:
    sums = [Sum(name, one.numbers, one.total) for name, one in whole.fields.items() if one.numbers]
    return sorted(sums, key=lambda one: (-one.events, one.name))[:FIELDS_MAX]
