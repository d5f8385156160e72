"""What waits for destinations that refuse us, once they are mended, on both databases."""

from datetime import timedelta

from pingpilot.domain.delivery import DeliveryState
from pingpilot.store import destinations
from pingpilot.store.models import BrokenSender, Delivery, Destination
from tests.conformance.store.house import NOW, House
from tests.conformance.store.test_deliveries import accepted, claimed

LATER = NOW + timedelta(minutes=5)


def put_off(house: House) -> None:
    """Let one delivery for each destination wait for the end of a pause."""
    accepted(house)
    Delivery.objects.update(due_at=LATER)


def due_now() -> set[int]:
    return set(Delivery.objects.filter(due_at__lte=NOW).values_list("destination_id", flat=True))


def test_those_that_are_refused_no_more_or_are_gone_are_mended(house: House):
    first, second, third = house.destinations
    Destination.objects.filter(pk__in=[first, second]).update(broken_at=NOW)
    Destination.objects.filter(pk=second).update(removed_at=NOW)
    assert destinations.mended([first, second, third]) == [second, third]
    assert destinations.mended([]) == []


def test_what_waits_for_one_becomes_due_and_nothing_else(house: House):
    put_off(house)
    first = house.destinations[0]
    destinations.hasten(first, NOW)
    assert due_now() == {first}


def test_what_is_on_its_way_or_due_already_stays_as_it_is(house: House):
    ids = accepted(house)
    first = house.destinations[0]
    claimed(ids[0])
    before = list(Delivery.objects.order_by("pk").values_list("state", "due_at"))
    destinations.hasten(first, NOW)
    assert list(Delivery.objects.order_by("pk").values_list("state", "due_at")) == before
    assert Delivery.objects.filter(state=DeliveryState.SENDING).count() == 1


def test_a_start_tries_what_waits_for_those_that_refuse_us(house: House):
    put_off(house)
    first, second, third = house.destinations
    Destination.objects.filter(pk=first).update(broken_at=NOW)
    Destination.objects.filter(pk=second).update(kind="telegram")
    BrokenSender.objects.create(channel="telegram", since=NOW, last_at=NOW, detail="401")
    assert destinations.hasten_refused(NOW) == 2
    assert due_now() == {first, second}
    assert destinations.hasten_refused(NOW) == 0
    assert third not in due_now()
