"""Claims, settlements and rescue, on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from msgspec.structs import replace

from pingpilot.domain.delivery import TRANSITIONS, DeliveryState
from pingpilot.domain.event import NewEvent, Purpose, Severity
from pingpilot.store import deliveries, events, settlements
from pingpilot.store.backlog import ClaimDue, ReleaseAll, claim_due, release_all
from pingpilot.store.deliveries import Claim, Job, Release, Rescue, SetBack
from pingpilot.store.events import Accepted, Lease, Stale
from pingpilot.store.models import Attempt, Delivery, Destination, Event, Quota, Workspace
from pingpilot.store.settlements import Health, Settle, SettleMany, Try
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans

MINUTE = timedelta(minutes=1)


def apply(action: Any, *units: Any) -> Sequence[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        result: Sequence[Any] = action(cursor, units)
        return result


def accepted(house: House, **members: Any) -> list[Any]:
    unit = house.unit(**members)
    apply(events.accept, unit)
    return list(unit.delivery_ids)


def claimed(delivery: Any, owner: str = "worker-1", now: datetime = NOW) -> Job:
    ((job,),) = apply(deliveries.claim, Claim([delivery], owner, now, now + MINUTE))
    assert isinstance(job, Job)
    return job


def settled(job: Job, state: DeliveryState, health: Health = Health.WELL, **members: Any) -> Settle:
    return Settle(
        delivery=job.delivery,
        event=job.source.event_id,
        owner=job.owner,
        workspace=job.workspace,
        destination=job.destination,
        state=state,
        now=NOW,
        due_at=NOW + MINUTE,
        begun_at=job.begun_at,
        attempts=job.attempts + 1,
        is_maybe_repeat=False,
        provider_id="provider-1",
        detail="what the provider said",
        tried=Try(job.attempts + 1, NOW, 12, _outcome(state), "", "what the provider said"),
        health=health,
        proves=job.proves,
        **members,
    )


def _outcome(state: DeliveryState) -> str:
    return "delivered" if state is DeliveryState.DELIVERED else "bad_message"


def test_a_claim_loads_all_that_an_attempt_needs(house: House):
    event = NewEvent("sale", "Sold", '{"amount":49.90}', Severity.SUCCESS, NOW - MINUTE, None, "https://example.com")
    delivery = accepted(house, event=event)[0]
    job = claimed(delivery)
    assert (job.source.description, job.source.fields_json, job.source.emoji) == ("Sold", '{"amount":49.90}', "💰")
    assert (job.source.occurred_at, job.source.received_at) == (NOW - MINUTE, NOW)
    assert (job.source.color, job.source.url) == (0xFF6B6B, "https://example.com")
    assert (job.sealed, job.channel, job.workspace) == (b"sealed", "webhook", house.workspace)


def test_of_two_workers_one_gets_the_delivery(house: House):
    delivery = accepted(house)[0]
    first, second = apply(
        deliveries.claim, Claim([delivery], "a", NOW, NOW + MINUTE), Claim([delivery], "b", NOW, NOW + MINUTE)
    )
    assert sum(isinstance(job, Job) for job in (*first, *second)) == 1
    assert apply(deliveries.claim, Claim([delivery], "c", NOW, NOW + MINUTE)) == [[None]]


@pytest.mark.parametrize("change", [{"disabled_at": NOW}, {"removed_at": NOW}, {"verified_at": None}])
def test_an_address_that_is_not_active_any_more_is_not_unsealed(house: House, change: dict[str, Any]):
    delivery = accepted(house)[0]
    Destination.objects.filter(pk=house.destinations[0]).update(**change)
    assert claimed(delivery).sealed is None


def test_a_lost_lease_settles_nothing(house: House):
    job = claimed(accepted(house)[0])
    apply(deliveries.rescue, Rescue(NOW + 2 * MINUTE))
    assert apply(settlements.settle, settled(job, DeliveryState.DELIVERED)) == [False]
    row = Delivery.objects.get(pk=job.delivery)
    assert (row.state, row.is_maybe_repeat) == ("PENDING", True)
    assert Attempt.objects.count() == 1  # it took place, so it is on record


def test_a_lease_is_rescued_when_it_has_run_out_and_not_before(house: House):
    claimed(accepted(house)[0])
    assert apply(deliveries.rescue, Rescue(NOW)) == [0]
    assert apply(deliveries.rescue, Rescue(NOW + MINUTE)) == [1]


def test_a_start_alone_rescues_every_lease(house: House):
    claimed(accepted(house)[0])
    assert apply(deliveries.rescue, Rescue(NOW, is_everyone_gone=True)) == [1]


def test_what_waits_follows_a_clock_that_is_set_back(house: House):
    overdue, later, leased = accepted(house)
    claimed(leased)
    Delivery.objects.filter(pk=later).update(due_at=NOW + 3 * MINUTE)
    assert apply(deliveries.set_back, SetBack(NOW + 2 * MINUTE, NOW - 60 * MINUTE)) == [2]
    rows = {row.pk.hex: row for row in Delivery.objects.all()}
    assert rows[overdue].due_at == NOW - 60 * MINUTE
    assert rows[later].due_at == NOW - 59 * MINUTE
    assert {rows[pk].begun_at for pk in (overdue, later)} == {NOW - 62 * MINUTE}
    assert rows[leased].lease_until == NOW + MINUTE


def due(house: House, now: datetime, each: int = 10) -> list[str]:
    return [delivery for _, delivery in deliveries.due(now, house.destinations, each)]


def test_due_is_what_waits_and_whose_time_has_come(house: House):
    ids = accepted(house)
    claimed(ids[0])
    Delivery.objects.filter(pk=ids[1]).update(due_at=NOW + MINUTE)
    assert deliveries.routes_due(NOW) == [house.routes[2]]
    assert deliveries.routes_due(NOW + MINUTE) == list(house.routes[1:])
    assert due(house, NOW) == [ids[2]]
    assert due(house, NOW + MINUTE) == [ids[2], ids[1]]


def test_of_each_destination_what_waits_longest_is_due_first(house: House):
    events = [accepted(house) for _ in range(3)]
    for age, ids in enumerate(events):
        Delivery.objects.filter(pk__in=ids).update(due_at=NOW - MINUTE * age)
    assert due(house, NOW, each=2) == [*events[2], *events[1]]


def backlog(house: House, now: datetime, each: int = 10, owner: str = "worker-1") -> list[Job]:
    (jobs,) = apply(claim_due, ClaimDue(house.destinations, each, owner, now, now + MINUTE))
    return list(jobs)


def test_of_each_destination_what_waits_longest_is_leased_first(house: House):
    events = [accepted(house) for _ in range(3)]
    for age, ids in enumerate(events):
        Delivery.objects.filter(pk__in=ids).update(due_at=NOW - MINUTE * age)
    assert {job.delivery for job in backlog(house, NOW, each=2)} == {*events[2], *events[1]}
    rows = Delivery.objects.filter(state="SENDING", lease_owner="worker-1", lease_until=NOW + MINUTE)
    assert {row.pk.hex for row in rows} == {*events[2], *events[1]}
    assert [job.delivery for job in backlog(house, NOW)] == events[0]
    assert backlog(house, NOW) == []


def test_a_lease_of_what_is_due_loads_all_that_an_attempt_needs(house: House):
    ids = accepted(house)
    wanted = claimed(ids[0])
    apply(deliveries.release, Release([ids[0]], "worker-1", NOW + MINUTE))
    job, *others = backlog(house, NOW)
    assert job == wanted
    assert all(other.source is job.source for other in others)


def test_what_is_not_due_or_held_is_not_leased(house: House):
    ids = accepted(house)
    claimed(ids[0], "worker-2")
    Delivery.objects.filter(pk=ids[1]).update(due_at=NOW + MINUTE)
    assert [job.delivery for job in backlog(house, NOW)] == [ids[2]]


def test_what_is_leased_of_a_backlog_is_found_on_its_index(house: House):
    accepted(house)
    with no_scans(allowed=["SCAN v"]):
        assert len(backlog(house, NOW)) == 3


def test_all_of_one_lease_is_given_back(house: House):
    accepted(house)
    jobs = backlog(house, NOW)
    kept = claimed(accepted(house)[0], now=NOW + MINUTE)
    assert apply(release_all, ReleaseAll("worker-2", NOW + MINUTE)) == [0]
    assert apply(release_all, ReleaseAll("worker-1", NOW + MINUTE)) == [3]
    rows = {row.pk.hex: row.state for row in Delivery.objects.all()}
    assert {rows[job.delivery] for job in jobs} == {"PENDING"}
    assert rows[kept.delivery] == "SENDING"


def test_what_is_due_is_found_on_its_index(house: House):
    accepted(house)
    with no_scans(allowed=["SCAN step", "SCAN v"]):
        assert deliveries.routes_due(NOW) == list(house.routes)
        assert len(due(house, NOW)) == 3


def test_nothing_waits_and_nothing_is_due(house: House):
    assert deliveries.routes_due(NOW) == []
    assert due(house, NOW) == []


def test_an_event_is_delivered_when_every_delivery_is(house: House):
    jobs = [claimed(delivery) for delivery in accepted(house)]
    apply(settlements.settle, *[settled(job, DeliveryState.DELIVERED) for job in jobs[:2]])
    assert Event.objects.get().status == "PENDING"
    apply(settlements.settle, settled(jobs[2], DeliveryState.DELIVERED))
    assert Event.objects.get().status == "DELIVERED"


def test_an_event_has_failed_when_all_are_final_and_one_is_dead(house: House):
    jobs = [claimed(delivery) for delivery in accepted(house)]
    apply(settlements.settle, settled(jobs[0], DeliveryState.DEAD, Health.UNTOUCHED))
    assert Event.objects.get().status == "PENDING"
    apply(settlements.settle, *[settled(job, DeliveryState.DELIVERED) for job in jobs[1:]])
    assert Event.objects.get().status == "FAILED"
    assert Quota.objects.get().used == 1  # it reached somebody


def test_an_event_that_reached_nobody_gives_its_unit_back_once(house: House):
    jobs = [claimed(delivery) for delivery in accepted(house)]
    apply(settlements.settle, *[settled(job, DeliveryState.DEAD, Health.UNTOUCHED) for job in jobs])
    assert (Event.objects.get().is_refunded, Quota.objects.get().used) == (True, 0)
    Event.objects.update(status="PENDING")
    apply(settlements.settle, *[settled(job, DeliveryState.DEAD, Health.UNTOUCHED) for job in jobs])
    assert Quota.objects.get().used == 0


def test_a_test_event_takes_and_gives_no_quota(house: House):
    (delivery, *_) = accepted(house, purpose=Purpose.TEST, routes=house.routes[:1])
    apply(settlements.settle, settled(claimed(delivery), DeliveryState.DEAD, Health.UNTOUCHED))
    assert not Quota.objects.exists()


def test_every_attempt_is_on_record(house: House):
    job = claimed(accepted(house)[0])
    apply(settlements.settle, settled(job, DeliveryState.PENDING, Health.AILING))
    row = Attempt.objects.get()
    assert (row.number, row.duration_ms, row.detail) == (1, 12, "what the provider said")
    assert (row.delivery_id.hex, row.started_at) == (job.delivery, NOW)


def test_a_success_clears_suspicion_and_an_error_is_remembered(house: House):
    job = claimed(accepted(house)[0])
    apply(settlements.settle, settled(job, DeliveryState.PENDING, Health.SUSPECT))
    row = Destination.objects.get(pk=job.destination)
    assert (row.suspect_count, row.suspect_since, row.last_error) == (1, NOW, "what the provider said")
    again = claimed(job.delivery)
    apply(settlements.settle, settled(again, DeliveryState.DELIVERED))
    row.refresh_from_db()
    assert (row.suspect_count, row.suspect_since, row.last_success_at) == (0, None, NOW)


def test_a_dead_address_is_disabled_and_the_workspace_moves_on(house: House):
    job = claimed(accepted(house)[0])
    apply(settlements.settle, settled(job, DeliveryState.DEAD, Health.DEAD))
    row = Destination.objects.get(pk=job.destination)
    assert (row.disabled_at, row.disabled_reason) == (NOW, "what the provider said")
    assert Workspace.objects.get().revision == house.revision + 1


def test_a_proving_delivery_verifies_its_destination(house: House):
    Destination.objects.update(verified_at=None)
    (delivery, *_) = accepted(house, purpose=Purpose.PROOF, proves=True, routes=house.routes[:1])
    job = claimed(delivery)
    assert job.sealed == b"sealed"
    apply(settlements.settle, settled(job, DeliveryState.DELIVERED))
    assert Destination.objects.get(pk=job.destination).verified_at == NOW
    assert Workspace.objects.get().revision == house.revision + 1


def test_a_thousand_settlements_are_one_call(house: House):
    units = [house.unit() for _ in range(400)]
    apply(events.accept, *units)
    ids = [delivery for unit in units for delivery in unit.delivery_ids]
    (jobs,) = apply(deliveries.claim, Claim(ids, "worker-1", NOW, NOW + MINUTE))
    ends = [settled(job, DeliveryState.DELIVERED) for job in jobs]
    assert apply(settlements.settle_many, SettleMany(ends[:700]), SettleMany(ends[700:])) == [
        [True] * 700,
        [True] * 500,
    ]
    assert Event.objects.filter(status="DELIVERED").count() == 400


@pytest.mark.parametrize("broken", [{"state": "LOST"}, {"state": "DELIVERED"}, {"lease_until": NOW}])
def test_the_database_refuses_states_that_cannot_be(house: House, broken: dict[str, Any]):
    delivery = accepted(house)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.filter(pk=delivery).update(**broken)


def test_every_state_has_its_transitions():
    assert set(TRANSITIONS) == set(DeliveryState)


def test_a_lease_given_back_leaves_no_trace(house: House):
    job = claimed(accepted(house)[0])
    until = Delivery.objects.get(pk=job.delivery).lease_until
    assert until is not None
    assert apply(deliveries.release, Release([job.delivery], "somebody else", until)) == [[False]]
    assert apply(deliveries.release, Release([job.delivery], job.owner, until)) == [[True]]
    row = Delivery.objects.get(pk=job.delivery)
    assert (row.state, row.lease_owner, row.is_maybe_repeat, row.attempts) == ("PENDING", "", False, 0)
    assert Attempt.objects.count() == 0


def test_a_lease_given_back_late_ends_no_later_one(house: House):
    delivery = accepted(house)[0]
    late = Release([delivery], "a", NOW + MINUTE)
    apply(deliveries.claim, Claim([delivery], "a", NOW, NOW + 2 * MINUTE))
    assert apply(deliveries.release, late) == [[False]]
    assert Delivery.objects.get(pk=delivery).state == "SENDING"


def test_a_settlement_after_a_rescue_takes_no_mark_away(house: House):
    job = claimed(accepted(house)[0])
    apply(deliveries.rescue, Rescue(NOW + 2 * MINUTE))
    claimed(job.delivery)
    assert apply(settlements.settle, settled(job, DeliveryState.DELIVERED)) == [True]
    assert Delivery.objects.get(pk=job.delivery).is_maybe_repeat


def test_what_is_held_back_keeps_what_was_said_last(house: House):
    job = claimed(accepted(house)[0])
    apply(settlements.settle, settled(job, DeliveryState.PENDING))
    again = claimed(job.delivery)
    apply(settlements.settle, replace(settled(again, DeliveryState.PENDING), detail="", tried=None))
    assert Delivery.objects.get(pk=job.delivery).last_detail == "what the provider said"


def test_a_delivery_may_be_leased_in_the_commit_of_its_event(house: House):
    lease = Lease("worker-1", NOW + MINUTE, [True, False, True])
    unit = house.unit(lease=lease)
    (answer,) = apply(events.accept, unit)
    assert answer == Accepted(1, [b"sealed", b"sealed"])
    rows = {row.pk.hex: row for row in Delivery.objects.all()}
    states = [(rows[pk].state, rows[pk].lease_owner, rows[pk].lease_until) for pk in unit.delivery_ids]
    held = ("SENDING", "worker-1", NOW + MINUTE)
    assert states == [held, ("PENDING", "", None), held]
    claimed_by_another = apply(deliveries.claim, Claim(unit.delivery_ids, "b", NOW, NOW + 2 * MINUTE))[0]
    assert [job is not None for job in claimed_by_another] == [False, True, False]
    assert apply(deliveries.release, Release(unit.delivery_ids[:1], "worker-1", NOW + MINUTE)) == [[True]]
    assert apply(deliveries.rescue, Rescue(NOW + MINUTE)) == [1]


def test_what_is_refused_leases_nothing(house: House):
    unit = house.unit(lease=Lease("worker-1", NOW + MINUTE, [True, True, True]))
    house.change()
    assert apply(events.accept, unit) == [Stale()]
    assert not Delivery.objects.exists()
