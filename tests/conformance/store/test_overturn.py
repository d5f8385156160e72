"""What a provider says of a message after it took it, on both databases."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.ids import EventId
from pingpilot.store import overturn, settlements
from pingpilot.store.models import Attempt, Delivery, Destination, Event, Quota
from pingpilot.store.overturn import Confirm, Overturn
from pingpilot.store.replay import replay_event
from pingpilot.store.settlements import Health
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans
from tests.conformance.store.test_deliveries import accepted, apply, claimed, settled

LATER = NOW + timedelta(minutes=3)


def taken(house: House, provider_id: str = "m-1", routes: int = 1) -> Delivery:
    """Return a delivery that its provider took; the others of its event wait."""
    first = accepted(house, routes=house.routes[:routes])[0]
    apply(settlements.settle, replace(settled(claimed(first), DeliveryState.DELIVERED), provider_id=provider_id))
    return Delivery.objects.get(pk=first)


def failed(provider_id: str = "m-1", at: datetime = LATER, **members: Any) -> Overturn:
    given = {"health": Health.UNTOUCHED, "may_retry": False, "retry_after": None, "outcome": "bad_message", **members}
    return Overturn("webhook", provider_id, at, code="131026", detail="Not on WhatsApp", **given)


def died(delivery: Delivery) -> None:
    """Let a waiting delivery of the same event end badly."""
    other = Delivery.objects.filter(event=delivery.event, state=DeliveryState.PENDING).first()
    assert other is not None
    unit = settled(claimed(other.pk.hex), DeliveryState.DEAD, Health.UNTOUCHED)
    apply(settlements.settle, replace(unit, provider_id=""))


def used() -> int:
    return Quota.objects.get().used


def test_a_message_that_failed_ends_its_delivery_and_event(house: House):
    delivery = taken(house)
    assert apply(overturn.overturn, failed()) == [True]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.final_at, delivery.last_detail) == ("DEAD", LATER, "Not on WhatsApp")
    assert delivery.provider_id == "m-1"
    assert Event.objects.get().status == "FAILED"


def test_both_what_was_said_first_and_what_was_said_later_are_on_record(house: House):
    taken(house)
    apply(overturn.overturn, failed())
    rows = Attempt.objects.order_by("pk").values_list("number", "started_at", "outcome", "code")
    assert list(rows) == [(1, NOW, "delivered", ""), (1, LATER, "bad_message", "131026")]


def test_a_second_report_changes_nothing(house: House):
    taken(house)
    apply(overturn.overturn, failed())
    assert apply(overturn.overturn, failed()) == [False]
    assert Attempt.objects.count() == 2


def test_the_same_report_twice_in_one_call_counts_once(house: House):
    taken(house)
    assert apply(overturn.overturn, failed(), failed()) == [True, True]
    assert Attempt.objects.count() == 2


@pytest.mark.parametrize("provider_id", ["m-2", ""])
def test_a_message_that_is_not_ours_changes_nothing(house: House, provider_id: str):
    taken(house, provider_id="")
    assert apply(overturn.overturn, failed(provider_id)) == [False]
    assert apply(overturn.confirm, Confirm("webhook", provider_id, "Read")) == [False]
    assert Delivery.objects.get().state == "DELIVERED"


def test_another_channel_may_use_the_same_id(house: House):
    taken(house)
    assert apply(overturn.overturn, dataclasses.replace(failed(), channel="telegram")) == [False]


def test_a_message_that_arrived_is_noted_beside_its_delivery(house: House):
    delivery = taken(house)
    assert (
        apply(overturn.confirm, Confirm("webhook", "m-1", "Arrived"), Confirm("webhook", "m-1", "Read")) == [True] * 2
    )
    delivery.refresh_from_db()
    assert (delivery.state, delivery.last_detail) == ("DELIVERED", "Read")
    assert Attempt.objects.count() == 1


def test_a_failure_that_may_pass_is_sent_again_on_the_schedule(house: House):
    delivery = taken(house)
    unit = failed(outcome="transient", may_retry=True, retry_after=timedelta(minutes=7))
    assert apply(overturn.overturn, unit) == [True]
    delivery.refresh_from_db()
    assert (delivery.state, delivery.final_at) == ("PENDING", None)
    assert (delivery.due_at, delivery.attempts) == (LATER + timedelta(minutes=7), 1)
    assert Event.objects.get().status == "PENDING"
    assert used() == 1


def test_a_schedule_that_has_run_out_ends_the_delivery_all_the_same(house: House):
    delivery = taken(house)
    apply(overturn.overturn, failed(outcome="transient", may_retry=True, at=NOW + timedelta(hours=25)))
    delivery.refresh_from_db()
    assert delivery.state == "DEAD"


def test_the_unit_is_given_back_when_the_event_reached_nobody_after_all(house: House):
    taken(house)
    assert used() == 1
    apply(overturn.overturn, failed())
    assert (used(), Event.objects.get().is_refunded) == (0, True)


def test_the_unit_is_given_back_also_when_another_delivery_dies_later(house: House):
    delivery = taken(house, routes=2)
    apply(overturn.overturn, failed())
    assert (Event.objects.get().status, used()) == ("PENDING", 1)
    died(delivery)
    assert (Event.objects.get().status, used()) == ("FAILED", 0)


def test_the_unit_stays_used_when_the_event_reached_somebody_else(house: House):
    delivery = taken(house, routes=2)
    died(delivery)
    second = taken(house, "m-2")
    assert second.event != delivery.event
    apply(overturn.overturn, failed("m-2"))
    assert Event.objects.get(pk=delivery.event.pk).is_refunded is False


def test_the_unit_stays_used_when_an_earlier_message_of_the_same_delivery_arrived(house: House):
    delivery = taken(house)
    replay_event(EventId(delivery.event.pk.hex), house.destinations, NOW)
    again = replace(settled(claimed(delivery.pk.hex), DeliveryState.DELIVERED), provider_id="m-2")
    apply(settlements.settle, again)
    apply(overturn.overturn, failed("m-2"))
    assert (Event.objects.get().status, used()) == ("FAILED", 1)


def test_a_dead_address_is_disabled(house: House):
    delivery = taken(house)
    apply(overturn.overturn, failed(outcome="address_dead", health=Health.DEAD))
    destination = Destination.objects.get(pk=delivery.destination.pk)
    assert (destination.disabled_at, destination.disabled_reason) == (LATER, "Not on WhatsApp")


def test_a_message_is_found_without_reading_all_deliveries(house: House):
    taken(house)
    with no_scans(allowed=["SCAN v"]):
        apply(overturn.confirm, Confirm("webhook", "m-1", "Read"))
        apply(overturn.overturn, failed())
