"""People who leave, come back and move, on both databases."""

from datetime import timedelta

import pytest

from pingpilot.domain.delivery import DeliveryState
from pingpilot.store import destinations, settlements
from pingpilot.store.destinations import BY_OWNER
from pingpilot.store.models import Destination, Workspace
from tests.conformance.store.house import NOW, House
from tests.conformance.store.test_deliveries import accepted, apply, claimed, settled

ADA, BOB = b"a" * 32, b"b" * 32


@pytest.fixture
def people(house: House) -> House:
    """Ada stands behind the first two destinations, Bob behind the third."""
    for pk, digest in zip(house.destinations, (ADA, ADA, BOB), strict=True):
        Destination.objects.filter(pk=pk).update(identity_digest=digest)
    return house


def standing() -> list[tuple[bool, str]]:
    return [(row.disabled_at is None, row.disabled_reason) for row in Destination.objects.order_by("pk")]


def revision() -> int:
    return Workspace.objects.get().revision


def test_who_leaves_is_disabled_everywhere_and_nobody_else(people: House):
    before = revision()
    assert destinations.disable_gone("webhook", ADA, NOW, "Gone.") == 2
    assert standing() == [(False, "Gone."), (False, "Gone."), (True, "")]
    assert revision() == before + 2
    assert destinations.disable_gone("webhook", ADA, NOW, "Gone again.") == 0


def test_who_comes_back_is_enabled_whatever_it_was_that_switched_them_off(people: House):
    destinations.disable_gone("webhook", ADA, NOW, "Gone.")
    Destination.objects.filter(identity_digest=ADA).update(suspect_count=2, suspect_since=NOW - timedelta(hours=1))
    before = revision()
    assert destinations.enable_back("webhook", ADA) == 2
    assert standing() == [(True, "")] * 3
    assert set(Destination.objects.values_list("suspect_count", "suspect_since")) == {(0, None)}
    assert revision() == before + 2


def test_what_its_owner_switched_off_stays_off(people: House):
    Destination.objects.filter(pk=people.destinations[0]).update(disabled_at=NOW, disabled_reason=BY_OWNER)
    assert destinations.enable_back("webhook", ADA) == 0
    assert standing()[0] == (False, BY_OWNER)


def test_on_another_channel_it_is_somebody_else(people: House):
    destinations.disable_gone("webhook", ADA, NOW, "Gone.")
    assert destinations.enable_back("telegram", ADA) == 0
    assert destinations.change("telegram", ADA, lambda *_: b"", BOB) == 0


def test_a_change_reaches_every_destination_of_a_person(people: House):
    before = revision()
    assert destinations.change("webhook", ADA, lambda pk, sealed: sealed + str(pk).encode(), b"n" * 32) == 2
    first, second, third = Destination.objects.order_by("pk")
    assert bytes(first.sealed) == f"sealed{first.pk}".encode()
    assert bytes(second.identity_digest or b"") == b"n" * 32
    assert (bytes(third.sealed), bytes(third.identity_digest or b"")) == (b"sealed", BOB)
    assert revision() == before


def test_a_delivery_that_found_a_person_at_a_new_address_moves_them(people: House):
    first, second, _ = (claimed(delivery) for delivery in accepted(people))
    moved = settled(first, DeliveryState.DELIVERED, sealed=b"there", identity=b"n" * 32)
    changed = settled(second, DeliveryState.DELIVERED, sealed=b"renewed")
    apply(settlements.settle, moved, changed)
    rows = Destination.objects.order_by("pk").values_list("sealed", "identity_digest")
    assert [(bytes(sealed), bytes(digest)) for sealed, digest in rows if digest] == [
        (b"there", b"n" * 32),
        (b"renewed", ADA),
        (b"sealed", BOB),
    ]


def test_what_was_removed_is_left_alone(people: House):
    Destination.objects.filter(identity_digest=ADA).update(removed_at=NOW, disabled_at=NOW)
    assert destinations.enable_back("webhook", ADA) == destinations.change("webhook", ADA, lambda *_: b"", BOB) == 0
