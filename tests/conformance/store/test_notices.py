"""What is wrong with a destination is told once, in the commit of the event that tells it; on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from msgspec.structs import replace

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.event import Purpose
from pingpilot.store import deliveries, events, notices, settlements
from pingpilot.store.deliveries import Claim, Job
from pingpilot.store.destinations import FORGIVEN, disable_gone
from pingpilot.store.models import Delivery, Destination, Event, Quota
from pingpilot.store.notices import Tell
from pingpilot.store.settlements import Health, Settle
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ENDS = {Health.WELL: DeliveryState.DELIVERED, Health.DEAD: DeliveryState.DEAD}


def apply(action: Any, *units: Any) -> Sequence[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        result: Sequence[Any] = action(cursor, units)
        return result


def attempt(house: House, health: Health, now: datetime = NOW) -> None:
    """Have one attempt at the first destination end in such health."""
    unit = replace(house.unit(at=now, routes=house.routes[:1]), revision=None)
    apply(events.accept, unit)
    ((job,),) = apply(deliveries.claim, Claim(unit.delivery_ids[:1], "worker-1", now, now + MINUTE))
    assert isinstance(job, Job)
    apply(settlements.settle, settled(job, ENDS.get(health, DeliveryState.PENDING), health, now))


def settled(job: Job, state: DeliveryState, health: Health, now: datetime) -> Settle:
    return Settle(
        delivery=job.delivery, event=job.source.event_id, owner=job.owner, workspace=job.workspace,
        destination=job.destination, state=state, now=now, due_at=now, begun_at=job.begun_at, attempts=1,
        is_maybe_repeat=False, provider_id="", detail="Answered 410.", tried=None, health=health, proves=False,
    )  # fmt: skip


def tell(house: House, trouble: notices.Trouble) -> Tell:
    event = house.unit(routes=notices.routes_beside(trouble), purpose=Purpose.NOTICE)
    return Tell(trouble.destination, trouble.since, replace(event, revision=None))


def test_a_dead_address_is_to_be_told_of(house: House):
    attempt(house, Health.DEAD)
    (trouble,) = notices.untold(10)
    assert (trouble.destination, trouble.is_gone, trouble.reason) == (house.destinations[0], True, "Answered 410.")
    assert (trouble.since, trouble.workspace, trouble.channel) == (NOW, house.workspace, "webhook")


def test_three_suspicions_over_a_day_are_to_be_told_of(house: House):
    for number in range(2):
        attempt(house, Health.SUSPECT, NOW + number * DAY)
    assert notices.untold(10) == []
    attempt(house, Health.SUSPECT, NOW + 2 * DAY)
    assert notices.untold(10)[0].since == NOW + 2 * DAY


def test_a_person_who_left_is_to_be_told_of(house: House):
    Destination.objects.filter(pk=house.destinations[0]).update(identity_digest=b"i" * 32)
    disable_gone("webhook", b"i" * 32, NOW, "The chat was blocked.")
    assert notices.untold(10)[0].reason == "The chat was blocked."


def test_a_refused_credential_is_told_of_and_holds_no_other_up(house: House):
    attempt(house, Health.BROKEN)
    (trouble,) = notices.untold(10)
    assert (trouble.is_gone, trouble.reason, trouble.since) == (False, "Answered 410.", NOW)
    attempt(house, Health.BROKEN, NOW + MINUTE)
    assert notices.untold(10)[0].since == NOW  # still the same trouble


def test_it_is_told_once_in_the_commit_of_the_event(house: House):
    attempt(house, Health.DEAD)
    (trouble,) = notices.untold(10)
    first, second = tell(house, trouble), tell(house, trouble)
    Quota.objects.all().delete()
    assert apply(notices.tell, first, second).count(True) == 1
    assert apply(notices.tell, tell(house, trouble)) == [False]
    assert notices.untold(10) == []
    event = Event.objects.get(purpose="notice")
    told = Delivery.objects.filter(event=event).values_list("destination_id", flat=True)
    assert set(told) == set(house.destinations[1:])
    assert not Quota.objects.exists()  # it takes no unit


def test_what_does_not_commit_is_still_to_be_told(house: House):
    attempt(house, Health.DEAD)
    (trouble,) = notices.untold(10)
    unit = tell(house, trouble)

    def tell_and_die(cursor: Any, units: Any) -> Sequence[Any]:
        notices.tell(cursor, units)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        apply(tell_and_die, unit)
    assert notices.untold(10) == [trouble]
    assert not Event.objects.filter(purpose="notice").exists()


def test_what_is_mended_before_it_was_told_is_not_told(house: House):
    attempt(house, Health.DEAD)
    (trouble,) = notices.untold(10)
    Destination.objects.filter(pk=trouble.destination).update(**FORGIVEN)
    assert apply(notices.tell, tell(house, trouble)) == [False]
    assert not Event.objects.filter(purpose="notice").exists()


def test_each_new_trouble_is_told_of_anew(house: House):
    for number in range(2):
        now = NOW + number * DAY
        attempt(house, Health.BROKEN, now)
        (trouble,) = notices.untold(10)
        assert apply(notices.tell, tell(house, trouble)) == [True]
        attempt(house, Health.WELL, now + MINUTE)
        assert notices.of_workspace(house.workspace) == []


def test_a_late_success_does_not_untell_what_was_switched_off(house: House):
    attempt(house, Health.DEAD)
    (trouble,) = notices.untold(10)
    apply(notices.tell, tell(house, trouble))
    Destination.objects.filter(pk=trouble.destination).update(disabled_at=None)  # so that it can be attempted
    attempt(house, Health.WELL, NOW + MINUTE)
    assert notices.untold(10) == []
    assert [one.destination for one in notices.of_workspace(house.workspace)] == [trouble.destination]


@pytest.mark.parametrize("change", [{"removed_at": NOW}, {"verified_at": None}])
def test_what_is_removed_or_being_proved_is_not_told_of(house: House, change: dict[str, Any]):
    attempt(house, Health.DEAD)
    Destination.objects.filter(pk=house.destinations[0]).update(**change)
    assert notices.untold(10) == []
    assert notices.of_workspace(house.workspace) == []


@pytest.mark.parametrize(
    "change", [{"disabled_at": NOW}, {"removed_at": NOW}, {"verified_at": None}, {"broken_at": NOW, "told_at": NOW}]
)
def test_only_ways_that_are_open_are_used_to_tell(house: House, change: dict[str, Any]):
    attempt(house, Health.DEAD)
    Destination.objects.filter(pk=house.destinations[1]).update(**change)
    (trouble,) = notices.untold(10)
    assert [route.destination for route in notices.routes_beside(trouble)] == [house.destinations[2]]


def test_looking_for_it_reads_nothing_else(house: House):
    attempt(house, Health.DEAD)
    with no_scans():
        notices.untold(10)
