"""Events beyond the quota that wait: stored at once, sent to nobody, and let go in order, exactly: both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from msgspec.structs import replace

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import Purpose
from pingpilot.domain.plan import SHIPPED, Catalogue
from pingpilot.store import batches, deliveries, events, settlements
from pingpilot.store.batches import AcceptMany, Many, Once, written
from pingpilot.store.deliveries import Claim, Job
from pingpilot.store.erasing import erase
from pingpilot.store.events import Accept, Accepted, Held, Lease, QuotaFull
from pingpilot.store.models import Delivery, Event, Quota
from pingpilot.store.releasing import ReleaseHeld, release_held, with_room
from pingpilot.store.workspaces import changing
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans
from tests.conformance.store.test_deliveries import claimed, settled
from tests.conformance.store.test_settling_together import beside

MINUTE = timedelta(minutes=1)
NEXT_MONTH = datetime(2026, 12, 1, tzinfo=UTC)


def apply(action: Any, *units: Any) -> Sequence[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        result: Sequence[Any] = action(cursor, units)
        return result


def holds(house: House, used: int = 100, policy: str = "hold") -> None:
    """Put the workspace on FREE, with so much used of its 100, holding what is beyond."""
    house.set_plan("FREE")
    with changing(house.workspace) as workspace:
        workspace.over_limit = policy
        workspace.save(update_fields=["over_limit"])
        house.revision = workspace.revision
    house.use(used)


def accept(house: House, count: int = 1, **members: Any) -> list[tuple[Accept, Any]]:
    units = [house.unit(**members) for _ in range(count)]
    return list(zip(units, apply(batches.accept_all, *units), strict=True))


def release(house: House, now: datetime = NEXT_MONTH, at_most: int = 100) -> int:
    (count,) = apply(release_held, ReleaseHeld(house.workspace, now, at_most))
    return int(count)


def states(unit: Accept) -> set[str]:
    return set(Delivery.objects.filter(event__id=unit.event_id).values_list("state", flat=True))


def used(at: datetime = NOW) -> int:
    return Quota.objects.get(year=at.year, month=at.month).used


def test_what_is_beyond_the_quota_is_stored_and_takes_no_unit(house: House):
    holds(house, used=99)
    (_, first), (unit, second) = accept(house, 2)
    assert (type(first), type(second)) == (Accepted, Held)
    assert (used(), states(unit)) == (100, {"HELD"})
    event = Event.objects.get(pk=unit.event_id)
    assert (event.status, event.held_at, event.released_at) == ("PENDING", NOW, None)


def test_by_default_it_is_refused(house: House):
    holds(house, policy="reject")
    ((_, answer),) = accept(house)
    assert answer == QuotaFull(100)
    assert not Event.objects.exists()


def test_nobody_sends_what_is_held(house: House):
    holds(house)
    ((unit, _),) = accept(house)
    assert deliveries.routes_due(NOW + 30 * MINUTE) == []
    assert deliveries.due(NOW + 30 * MINUTE, house.destinations, 10) == []
    assert apply(deliveries.claim, Claim(unit.delivery_ids, "w", NOW, NOW + MINUTE)) == [[None] * 3]


def test_a_lease_in_the_commit_is_not_given_for_it(house: House):
    holds(house)
    unit = replace(house.unit(), lease=Lease("w", NOW + MINUTE, [True] * 3))
    assert isinstance(apply(events.accept, unit)[0], Held)
    assert states(unit) == {"HELD"}


def test_the_oldest_go_first_and_each_takes_its_unit(house: House):
    holds(house)
    line = [unit for unit, _ in accept(house, 5)]
    Quota.objects.create(workspace_id=house.workspace, year=2026, month=12, used=97)
    assert with_room(NOW) == []
    assert with_room(NEXT_MONTH) == [house.workspace]
    assert release(house) == 3
    assert [states(unit) for unit in line] == [{"PENDING"}] * 3 + [{"HELD"}] * 2
    assert (used(), used(NEXT_MONTH)) == (100, 100)
    assert release(house) == 0
    order = Delivery.objects.filter(destination=house.destinations[0], state="PENDING").order_by("due_at")
    assert [pk.hex for pk in order.values_list("event_id", flat=True)] == [unit.event_id for unit in line[:3]]
    assert order[0].due_at == order[0].begun_at == NEXT_MONTH


def test_a_slice_at_a_time_goes(house: House):
    holds(house)
    accept(house, 5)
    assert [release(house, at_most=2) for _ in range(4)] == [2, 2, 1, 0]
    assert used(NEXT_MONTH) == 5


@pytest.mark.parametrize("plan", ["PRO", "UNLIMITED"])
def test_a_raised_plan_lets_them_go_in_the_same_month(house: House, plan: str):
    holds(house)
    accept(house, 2)
    house.set_plan(plan)
    assert with_room(NOW) == [house.workspace]
    assert (release(house, NOW), used()) == (2, 102)


def test_who_comes_later_goes_to_the_end_of_the_line(house: House):
    holds(house)
    accept(house)
    house.set_plan("PRO")
    ((late, answer),) = accept(house)
    assert isinstance(answer, Held)
    assert release(house, NOW) == 2
    ((_, answer),) = accept(house)
    assert (type(answer), answer.used) == (Accepted, 103)
    assert states(late) == {"PENDING"}


def test_who_no_longer_holds_loses_nothing_that_waits(house: House):
    holds(house)
    accept(house, 2)
    holds(house, policy="reject")
    ((_, answer),) = accept(house)
    assert isinstance(answer, QuotaFull)
    assert release(house) == 2


def test_the_line_has_a_bound(house: House):
    holds(house)
    with override_settings(PINGPILOT_PLANS=Catalogue(SHIPPED, held_max=3)):
        answers = [answer for _, answer in accept(house, 2)] + [answer for _, answer in accept(house, 3)]
        assert [type(answer) for answer in answers] == [Held] * 3 + [QuotaFull] * 2
        assert release(house, at_most=1) == 1
        assert [type(answer) for _, answer in accept(house, 2)] == [Held, QuotaFull]
    assert Event.objects.count() == 4


def test_only_reports_wait(house: House):
    holds(house)
    ((unit, answer),) = accept(house, purpose=Purpose.TEST)
    assert (type(answer), states(unit)) == (Accepted, {"PENDING"})


def test_an_event_that_goes_nowhere_is_delivered_when_it_has_its_unit(house: House):
    holds(house)
    ((unit, _),) = accept(house, routes=())
    assert Event.objects.get(pk=unit.event_id).status == "PENDING"
    assert release(house) == 1
    assert Event.objects.get(pk=unit.event_id).status == "DELIVERED"


def test_an_event_that_reached_nobody_gives_back_the_unit_of_the_month_that_it_took_it_from(house: House):
    holds(house)
    ((unit, _),) = accept(house, routes=house.routes[:1])
    release(house)
    job = claimed(unit.delivery_ids[0], now=NEXT_MONTH)
    assert isinstance(job, Job)
    apply(settlements.settle, settled(job, DeliveryState.DEAD))
    assert (used(), used(NEXT_MONTH)) == (100, 0)


def test_a_held_event_that_is_erased_leaves_the_line(house: House):
    holds(house)
    ((unit, _),) = accept(house)
    erase([unit.event_id])
    assert with_room(NEXT_MONTH) == []
    assert (release(house), Delivery.objects.count(), used(NEXT_MONTH)) == (0, 0, 0)


def test_the_answer_of_a_batch_says_which_wait(house: House):
    holds(house, used=99)
    units = [house.unit() for _ in range(2)]
    once = Once("k", b"d" * 32, 207, ["[", ("yes,", "no,", "later,"), ("yes", "no", "later"), "]"])
    (first,) = apply(batches.accept_all, AcceptMany(units, once))
    assert isinstance(first, Many)
    assert written(once.pieces, first.answers) == "[yes,later]"
    (again,) = apply(batches.accept_all, AcceptMany([house.unit(), house.unit()], once))
    assert again.answer == "[yes,later]"
    assert Event.objects.count() == 2


def test_nothing_is_gone_through_to_find_what_waits(house: House):
    holds(house)
    accept(house, 2)
    with no_scans(["SCAN step"]):
        with_room(NEXT_MONTH)
    with no_scans(["SCAN v"]):
        release(house)
    with no_scans(["SCAN v", "SCAN w"]):
        accept(house)


def test_two_processes_at_the_last_unit_and_the_last_place_count_exactly(house: House):
    holds(house, used=99)
    answers: list[Any] = []
    mine, yours = [house.unit() for _ in range(2)], [house.unit() for _ in range(2)]
    with (
        override_settings(PINGPILOT_PLANS=Catalogue(SHIPPED, held_max=1)),
        beside(lambda: answers.extend(apply(batches.accept_all, *yours))) as let,
    ):
        answers += apply(batches.accept_all, *mine[:1])
        let()
        answers += apply(batches.accept_all, *mine[1:])
    assert sorted(type(answer).__name__ for answer in answers) == ["Accepted", "Held", "QuotaFull", "QuotaFull"]
    assert (used(), Event.objects.filter(held_at__isnull=False).count()) == (100, 1)


def test_who_lets_events_go_and_who_reports_share_the_units_exactly(house: House):
    holds(house)
    accept(house, 3)
    Quota.objects.create(workspace_id=house.workspace, year=2026, month=12, used=98)
    late = house.unit(at=NEXT_MONTH)
    answers: list[Any] = []
    with beside(lambda: answers.extend(apply(batches.accept_all, late))) as let:
        assert release(house) == 2
        let()
    assert [type(answer) for answer in answers] == [Held]
    assert (used(NEXT_MONTH), Event.objects.filter(held_at__isnull=False).count()) == (100, 2)
