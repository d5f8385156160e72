"""How long events are kept, and how they are forgotten: in slices, with all that hangs on them; on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from msgspec.structs import replace

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import EventId
from pingpilot.store import batches, forgetting, keeping, settlements
from pingpilot.store.batches import AcceptMany, Once
from pingpilot.store.forgetting import Forget, ForgetAnswers, forget, forget_answers, oldest, workspaces_with_old
from pingpilot.store.keeping import GRACE, TellShrinking, follow, tell_shrinking
from pingpilot.store.models import Attempt, Delivery, Event, Forgotten, IdempotencyRecord, Keeping, Quota, Workspace
from pingpilot.store.replay import replay_event
from pingpilot.store.statistics import statistics
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import file_all, no_scans, put, report, tally_all
from tests.conformance.store.test_deliveries import claimed, settled

DAY = timedelta(days=1)
MINUTES = 60 * 24


def apply(action: Any, *units: Any) -> Sequence[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        result: Sequence[Any] = action(cursor, units)
        return result


def keeps(house: House, days: int | None) -> None:
    if days is not None:
        house.set_plan("FREE")
    Keeping.objects.update_or_create(workspace_id=house.workspace, defaults={"days": days})


def forget_all(house: House, now: datetime = NOW) -> int:
    count = 0
    for workspace, days, before in workspaces_with_old(now):
        assert workspace == house.workspace
        after = None
        while marks := oldest(workspace, before, after, 2):
            count += apply(forget, Forget(workspace, days, [event for _, event in marks]))[0]
            after = marks[-1]
    return count


def sold(house: House, days_ago: float, **members: Any) -> str:
    """Store an event that was received so long ago."""
    (event,) = put(house, report(minutes_ago=days_ago * MINUTES), at=NOW - days_ago * DAY, **members)
    return event


def test_what_is_older_than_the_history_goes_with_all_that_hangs_on_it(house: House):
    keeps(house, 30)
    old, young = sold(house, 31, routes=house.routes[:1]), sold(house, 29, routes=house.routes[:1])
    for event in (old, young):
        delivery = Delivery.objects.get(event__id=event)
        apply(settlements.settle, settled(claimed(delivery.pk.hex), DeliveryState.DELIVERED))
    file_all()
    tally_all()
    assert forget_all(house) == 1
    assert [pk.hex for pk in Event.objects.values_list("pk", flat=True)] == [young]
    assert (Delivery.objects.count(), Attempt.objects.count()) == (1, 1)
    assert _found_by_search() == 1
    assert forget_all(house) == 0


def _found_by_search() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_search")
        return int(cursor.fetchone()[0])


def test_months_keep_their_totals(house: House):
    keeps(house, 30)
    for days in (31, 32, 33, 60, 400, 29):
        sold(house, days, routes=())
    put(house, report(minutes_ago=60 * MINUTES), at=NOW - 60 * DAY, routes=(), purpose=Purpose.TEST)
    tally_all()
    assert forget_all(house) == 6
    rows = Forgotten.objects.order_by("year", "month").values_list("year", "month", "category_name", "events")
    assert list(rows) == [(2025, 10, "sale", 1), (2026, 9, "sale", 1), (2026, 10, "sale", 3)]
    assert sum(Quota.objects.values_list("used", flat=True)) == 6  # of the months they came in


def test_an_event_with_a_delivery_that_is_not_final_is_never_forgotten(house: House):
    keeps(house, 30)
    event = sold(house, 40, routes=house.routes)
    assert forget_all(house) == 0
    assert apply(forget, Forget(house.workspace, 30, [EventId(event)])) == [0]
    Delivery.objects.update(state="DEAD", final_at=NOW)
    Event.objects.update(status="FAILED")
    assert replay_event(EventId(event), house.destinations[:1], NOW) == 1
    assert apply(forget, Forget(house.workspace, 30, [EventId(event)])) == [0]
    assert Event.objects.count() == 1


@pytest.mark.parametrize("change", [{"plan": "PRO"}, {"plan": "UNLIMITED"}])
def test_a_plan_that_is_raised_meanwhile_keeps_the_rest(house: House, change: dict[str, str]):
    keeps(house, 30)
    event = sold(house, 31, routes=())
    Workspace.objects.update(**change)
    assert apply(forget, Forget(house.workspace, 30, [EventId(event)])) == [0]
    Workspace.objects.update(plan="FREE")
    Keeping.objects.update(days=365)
    assert apply(forget, Forget(house.workspace, 30, [EventId(event)])) == [0]
    assert Event.objects.count() == 1


def test_what_happened_long_ago_and_was_reported_lately_is_kept(house: House):
    keeps(house, 30)
    put(house, report(minutes_ago=40 * MINUTES), at=NOW - 10 * DAY, routes=())
    assert forget_all(house) == 0


def test_where_history_is_kept_for_ever_nothing_is_looked_for(house: House):
    keeps(house, None)
    sold(house, 4_000, routes=())
    assert workspaces_with_old(NOW) == []


def test_old_answers_are_forgotten(house: House):
    once = Once("k", b"d" * 32, 200, ["x"])
    apply(batches.accept_all, AcceptMany([house.unit(routes=())], once))
    assert not forgetting.has_old_answers(NOW + DAY - timedelta(minutes=1))
    assert forgetting.has_old_answers(NOW + DAY)
    apply(forget_answers, ForgetAnswers(NOW + DAY))
    assert IdempotencyRecord.objects.count() == 0


def kept(house: House) -> tuple[int | None, datetime | None]:
    row = Keeping.objects.get(workspace_id=house.workspace)
    return row.days, row.shrinks_at


@pytest.fixture
def free(house: House) -> House:
    house.set_plan("FREE")
    return house


def test_a_new_workspace_has_its_plans_history(free: House):
    assert follow(NOW, 10) == 1
    assert kept(free) == (30, None)
    assert follow(NOW, 10) == 0


def test_one_that_was_never_looked_at_gets_the_grace_where_it_has_older_events(free: House):
    sold(free, 31, routes=())
    follow(NOW, 10)
    follow(NOW, 10)
    assert kept(free) == (None, NOW + GRACE)
    assert forget_all(free) == 0
    assert follow(NOW + GRACE - DAY, 10) == 0
    assert follow(NOW + GRACE, 10) == 1
    assert kept(free) == (30, None)
    assert forget_all(free, NOW + GRACE) == 1


def test_a_larger_plan_keeps_more_at_once_and_a_smaller_one_less_after_the_grace(free: House):
    follow(NOW, 10)
    free.set_plan("PRO")
    follow(NOW, 10)
    assert kept(free) == (365, None)
    free.set_plan("FREE")
    follow(NOW, 10)
    assert kept(free) == (365, NOW + GRACE)
    assert follow(NOW + DAY, 10) == 0
    free.set_plan("PRO")
    follow(NOW + 2 * DAY, 10)
    assert kept(free) == (365, None)
    free.set_plan("UNLIMITED")
    follow(NOW + 3 * DAY, 10)
    assert kept(free) == (None, None)
    assert follow(NOW + 4 * DAY, 10) == 0


def test_a_cut_to_come_is_told_of_once(free: House):
    keeps(free, 365)
    follow(NOW, 10)
    (shrinking,) = keeping.untold(10)
    assert (shrinking.workspace, shrinking.days, shrinking.at) == (free.workspace, 30, NOW + GRACE)
    event = replace(free.unit(purpose=Purpose.NOTICE), revision=None)
    unit = TellShrinking(free.workspace, shrinking.at, event)
    assert apply(tell_shrinking, unit, unit) == [True, False]
    assert keeping.untold(10) == []
    assert Event.objects.count() == 1


def test_deleted_workspaces_are_left_to_those_who_clear_them_away(free: House):
    keeps(free, 30)
    sold(free, 31, routes=())
    Workspace.objects.update(deleted_at=NOW)
    assert (follow(NOW, 10), workspaces_with_old(NOW)) == (0, [])


def test_statistics_do_not_count_what_is_forgotten(house: House):
    keeps(house, 30)
    for days in (31, 29):
        sold(house, days, routes=())
    tally_all()
    forget_all(house)
    found = statistics(house.workspace, None, NOW - 60 * DAY, NOW)
    assert found.events == 1


def test_nothing_is_gone_through_to_find_what_is_old(house: House):
    keeps(house, 30)
    sold(house, 31, routes=())
    with no_scans(["SCAN U0", "store_keeping"]):
        workspaces_with_old(NOW)
    with no_scans(["SCAN v", "SCAN m", "store_keeping", "store_tallymark", "words_config"]):
        forget_all(house)
