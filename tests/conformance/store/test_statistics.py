"""Counts and sums, the same on both databases, and the same as by going through all events."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingpilot.domain.event import EventStatus, Purpose
from pingpilot.domain.ids import CategoryId, EventId
from pingpilot.manage.statistics import cards, last_days
from pingpilot.store import cover, reports, statistics
from pingpilot.store.erasing import erase, loosen
from pingpilot.store.models import Category, Event, Workspace
from pingpilot.store.statistics import Statistics
from tests.conformance.store.direct import direct
from tests.conformance.store.house import NOW, House, build
from tests.conformance.store.shelf import no_scans, put, report, tally_all

START, END = NOW - timedelta(days=2), NOW + timedelta(minutes=1)


def found(house: House, category: str | None = None, start: datetime = START, end: datetime = END) -> Statistics:
    return statistics.statistics(house.workspace, category, start, end)


@pytest.fixture(params=["tallied", "not tallied", "partly tallied"])
def tallies(request):
    """Bring the tallies up to date before the question is asked, or do not."""

    def bring_up_to_date(is_second: bool = True) -> None:
        if request.param == "tallied" or (request.param == "partly tallied" and not is_second):
            tally_all()

    return bring_up_to_date


def test_reports_are_counted_by_category_status_and_day(house: House, tallies):
    put(house, report(), report(), report(minutes_ago=24 * 60), report(minutes_ago=3 * 24 * 60))
    tallies(is_second=False)
    put(house, report(), purpose=Purpose.TEST)
    put(house, report(), purpose=Purpose.PROOF)
    (failed,) = put(house, report())
    Event.objects.filter(pk=failed).update(status="FAILED")
    put(house, report(), routes=house.routes)
    tallies()
    seen = found(house)
    assert (seen.events, seen.categories) == (5, {"sale": 5})
    assert seen.statuses == {EventStatus.PENDING: 1, EventStatus.DELIVERED: 3, EventStatus.FAILED: 1}
    assert seen.days == {date(2026, 11, 22): 1, date(2026, 11, 23): 4}


def test_events_of_deleted_categories_count_under_their_old_name(house: House, tallies):
    put(house, report())
    tallies(is_second=False)
    put(house, report())
    Category.objects.all().delete()
    tallies()
    assert found(house).categories == {"sale": 2}
    assert found(house, "sale").events == 2
    Category.objects.create(workspace_id=house.workspace, name="sale", color=1)
    assert found(house).categories == {"sale": 2}
    assert found(house, "sale").events == 0


def test_a_category_counts_under_its_present_name(house: House, tallies):
    put(house, report())
    tallies()
    Category.objects.filter(pk=house.category).update(name="order")
    assert found(house).categories == {"order": 1}
    assert (found(house, "order").events, found(house, "sale").events) == (1, 0)


def test_numbers_are_summed_over_the_whole_range(house: House, tallies):
    texts = ('{"price":0.1,"n":1,"ok":true}', '{"price":0.2,"n":"1"}', '{"price":99.90}', "{}")
    put(house, *[report(fields=text) for text in texts], report(fields='{"price":7}', minutes_ago=9_999))
    tallies()
    sums = [(one.name, one.events, one.total) for one in found(house).sums]
    assert sums == [("price", 3, Decimal("100.2")), ("n", 1, Decimal(1))]


def test_an_empty_range_has_nothing(house: House, tallies):
    put(house, report(fields='{"n":1}'))
    tallies()
    empty = Statistics(0, {}, dict.fromkeys(EventStatus, 0), {}, [])
    assert found(house, start=NOW - timedelta(hours=2), end=NOW) == empty
    assert found(house, "none") == empty
    assert (
        found(house, start=datetime.max.replace(tzinfo=UTC) - timedelta(1), end=datetime.max.replace(tzinfo=UTC))
        == empty
    )


def test_what_is_erased_is_not_counted_any_more(house: House, tallies):
    ids = put(house, *[report(fields='{"n":1}') for _ in range(3)])
    tallies(is_second=False)
    assert erase([EventId(ids[0])]) == 1
    tallies()
    seen = found(house)
    assert (seen.events, seen.categories, seen.sums[0].total) == (2, {"sale": 2}, Decimal(2))


MOMENTS = st.integers(min_value=0, max_value=3 * 24 * 60 * 4).map(
    lambda quarters: NOW - timedelta(seconds=15 * quarters)
)
NUMBERS = st.one_of(
    st.integers(-5, 5).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1000, max_value=1000).map(str),
    st.sampled_from(["1e300", "-1e300", "0.000000000000000000000000000001", "1E+2", "123456789012345678901234567890"]),
)
FIELDS = st.dictionaries(st.sampled_from(["a", "b", 'q"', "ü"]), NUMBERS | st.sampled_from(['"x"', "true"]), max_size=3)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"), st.lists(st.tuples(MOMENTS, FIELDS), min_size=1, max_size=6), st.sampled_from("NDFP")
        ),
        st.tuples(st.just("tally"), st.integers(1, 8), st.booleans()),
        st.tuples(st.just("erase"), st.integers(1, 4), st.randoms(use_true_random=False)),
        st.tuples(st.just("delete"), st.sampled_from(["with its events", "at once", "in slices", "in part"])),
        st.tuples(st.just("rename"), st.sampled_from(["sale", "order"])),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(steps=STEPS, ranges=st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=4))
def test_statistics_are_what_the_events_say(db: None, steps, ranges):
    house = build()
    for name, *words in steps:
        DOINGS[name](house, *words)
    for one, other in ranges:
        start, end = sorted((one, other))
        for category in (None, "sale", "order"):
            assert found(house, category, start, end) == direct(house.workspace, category, start, end)


def _put(house: House, events, status) -> None:
    """Reports, some delivered, some failed, some on their way; the category is made anew where it was deleted."""
    category, _ = Category.objects.get_or_create(workspace_id=house.workspace, name="sale", defaults={"color": 1})
    house.category = CategoryId(category.pk)
    texts = [
        "{" + ",".join(f'"{name}":{value}'.replace('q"', 'q\\"', 1) for name, value in fields.items()) + "}"
        for _, fields in events
    ]
    sales = [
        report(fields=text, minutes_ago=(NOW - at) / timedelta(minutes=1))
        for (at, _), text in zip(events, texts, strict=True)
    ]
    ids = put(house, *sales, routes=house.routes if status == "P" else ())
    if status == "F":
        Event.objects.filter(pk__in=ids).update(status="FAILED")


def _tally(house: House, limit: int, is_thorough: bool) -> None:
    del house
    tally_all(limit, timedelta(minutes=5) if is_thorough else timedelta(0), is_thorough=is_thorough)


def _erase(house: House, count: int, chance: random.Random) -> None:
    ids = sorted(pk.hex for pk in Event.objects.filter(workspace=house.workspace).values_list("pk", flat=True))
    erase([EventId(one) for one in chance.sample(ids, min(count, len(ids)))])


def _delete(house: House, way: str) -> None:
    for category in Category.objects.filter(workspace=house.workspace):
        events = Event.objects.filter(category=category).order_by("pk").values_list("pk", flat=True)
        ids = [EventId(pk.hex) for pk in events]
        if way == "with its events":
            erase(ids)
        elif way != "at once":
            loosen(ids if way == "in slices" else ids[::2], CategoryId(category.pk))
        if way != "in part":
            category.delete()


def _rename(house: House, name: str) -> None:
    if not Category.objects.filter(workspace=house.workspace, name=name).exists():
        Category.objects.filter(workspace=house.workspace).update(name=name)


DOINGS: dict[str, Callable[..., None]] = {
    "put": _put,
    "tally": _tally,
    "erase": _erase,
    "delete": _delete,
    "rename": _rename,
}


def test_whatever_side_of_an_end_is_counted_the_answer_is_the_same(house: House, monkeypatch):
    put(house, *[report(fields='{"n":1}', minutes_ago=one) for one in range(60)])
    tally_all()
    for most in (0, 5, 2_000):
        monkeypatch.setattr(cover, "COUNTED_MAX", most)
        for minutes in range(1, 60, 7):
            end = NOW - timedelta(minutes=minutes, seconds=1)
            assert found(house, end=end) == direct(house.workspace, None, START, end)
            assert found(house, start=end) == direct(house.workspace, None, end, END)


def test_far_behind_the_events_of_the_range_are_counted(house: House, monkeypatch):
    monkeypatch.setattr(reports, "AHEAD_MAX", 5)
    put(house, *[report(fields='{"n":1}', minutes_ago=one) for one in range(20)])
    assert found(house) == direct(house.workspace, None, START, END)
    tally_all()
    put(house, *[report() for _ in range(20)])
    assert found(house, "sale") == direct(house.workspace, "sale", START, END)


def test_days_are_those_of_the_zone(house: House, tallies):
    put(house, *[report(minutes_ago=60 * one) for one in range(60)])
    tallies()
    for name in ("Asia/Kathmandu", "America/New_York", "UTC"):
        zone = ZoneInfo(name)
        seen = statistics.account(house.workspace, "sale", START, END, zone)
        days = [event.occurred_at.astimezone(zone).date() for event in Event.objects.filter(occurred_at__gte=START)]
        assert seen.days == {day: days.count(day) for day in days}


@pytest.mark.parametrize("is_behind", [True, False])
def test_no_statistic_reads_a_whole_table(house: House, monkeypatch, is_behind):
    monkeypatch.setattr(reports, "AHEAD_MAX", 1 if is_behind else 100)
    put(house, *[report(fields='{"n":1}', minutes_ago=60 * one) for one in range(60)])
    tally_all()
    put(house, *[report() for _ in range(10)], routes=house.routes)
    with no_scans(allowed=("SCAN v", "SCAN found", "store_tallymark")):
        for category in (None, "sale", "gone"):
            found(house, category)
            statistics.account(house.workspace, "sale", START, END, ZoneInfo("Asia/Tokyo"))
        statistics.by_category(house.workspace, (START, END), [START + timedelta(hours=5), END])


@pytest.mark.parametrize(
    "name",
    [
        "UTC",
        "Asia/Tokyo",
        "America/New_York",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "Etc/GMT+12",
    ],
)
def test_the_days_of_a_card_are_those_of_the_viewer(house: House, tallies, name):
    """New York's clocks were put back within these days."""
    zone = ZoneInfo(name)
    minutes = [97 * number for number in range(450)]
    put(house, *(report(minutes_ago=ago) for ago in minutes[::2]))
    tallies(is_second=False)
    put(house, *(report(minutes_ago=ago) for ago in minutes[1::2]))
    tallies()
    (card,) = cards(Workspace.objects.get(), NOW, zone)
    happened = Counter((NOW - timedelta(minutes=ago)).astimezone(zone).date() for ago in minutes)
    assert list(card.days) == [happened[day] for day in last_days(NOW, zone)]
    assert card.days[0] > 0
    assert card.events == sum(ago < (NOW - datetime(2026, 11, 1, tzinfo=UTC)).total_seconds() / 60 for ago in minutes)
