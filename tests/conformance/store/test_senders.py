"""Channels whose credential is refused: noted with the attempt, healed by a success, told of once."""

from datetime import timedelta

from django.db import connection, transaction

from pingpilot.store import senders
from pingpilot.store.models import BrokenSender, Destination, User
from tests.conformance.store.house import NOW, House

MINUTE = timedelta(minutes=1)


def refuse(*refusals: tuple[str, int, str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        senders.note_broken(cursor, [(channel, NOW + minutes * MINUTE, said) for channel, minutes, said in refusals])


def test_the_first_refusal_is_kept_and_the_last_one_said(house: House):
    refuse(("webhook", 0, "a"), ("telegram", 0, "x"), ("webhook", 1, "b"))
    refuse(("webhook", 5, "c" * 400))
    first, second = senders.broken()
    assert {first.channel, second.channel} == {"telegram", "webhook"}
    row = BrokenSender.objects.get(channel="webhook")
    assert (row.since, row.last_at, row.detail) == (NOW + MINUTE, NOW + 5 * MINUTE, "c" * 300)


def test_a_success_afterwards_heals_it_and_one_before_does_not(house: House):
    refuse(("webhook", 0, "401"))
    Destination.objects.update(last_success_at=NOW - MINUTE)
    assert senders.heal(NOW + MINUTE) == 0
    Destination.objects.filter(pk=house.destinations[0]).update(last_success_at=NOW + MINUTE)
    assert senders.heal(NOW + MINUTE) == 1
    assert senders.broken() == []


def test_what_nobody_tries_any_more_is_forgotten(house: House):
    refuse(("telegram", 0, "401"))
    assert senders.heal(NOW + senders.FORGOTTEN_AFTER) == 0
    assert senders.heal(NOW + senders.FORGOTTEN_AFTER + MINUTE) == 1


def test_the_operator_is_told_once_of_each_trouble(house: House):
    refuse(("telegram", 0, "401"))
    (sender,) = senders.untold()
    assert senders.mark_told("telegram", sender.since, NOW)
    assert not senders.mark_told("telegram", sender.since, NOW)
    assert senders.untold() == []
    BrokenSender.objects.all().delete()
    refuse(("telegram", 9, "401"))
    assert not senders.mark_told("telegram", sender.since, NOW)  # that was another time
    assert len(senders.untold()) == 1


def refused(destination: int, minutes: int, error: str, **members: object) -> None:
    changes = {"broken_at": NOW + minutes * MINUTE, "last_error": error, **members}
    Destination.objects.filter(pk=destination).update(**changes)


def test_destinations_that_only_the_operator_can_mend_are_one_trouble(house: House):
    first, second, third = house.destinations
    refused(first, 0, "Answered 550: spam", kind="email")
    refused(second, 1, f"{senders.UNREADABLE}. It was sealed under another secret")
    refused(third, 2, "Answered 401")  # its owner brought the token, and brings another
    senders.note_single(["email"], NOW + 3 * MINUTE)
    (row,) = senders.untold()
    assert (row.channel, row.since) == (senders.SINGLE, NOW + 3 * MINUTE)
    assert row.detail.startswith(f"2 in all; the last one is number {second} (webhook): {senders.UNREADABLE}")
    senders.mark_told(senders.SINGLE, row.since, NOW)
    Destination.objects.filter(pk=second).update(broken_at=None)
    senders.note_single(["email"], NOW + 4 * MINUTE)
    assert senders.untold() == []  # one more or less is no news
    assert senders.broken()[0].detail.startswith(f"1 in all; the last one is number {first}")
    assert senders.heal(NOW + 5 * MINUTE) == 0
    Destination.objects.update(broken_at=None)
    senders.note_single(["email"], NOW + 5 * MINUTE)
    assert senders.broken() == []


def test_what_is_removed_or_was_never_proven_needs_no_operator(house: House):
    first, second, _ = house.destinations
    refused(first, 0, senders.UNREADABLE, removed_at=NOW)
    refused(second, 0, senders.UNREADABLE, verified_at=None)
    senders.note_single([], NOW)
    assert senders.broken() == []


def test_operators_are_those_who_run_the_instance(house: House):
    User.objects.create(email="op@example.com", is_staff=True)
    User.objects.create(email="gone@example.com", is_staff=True, is_active=False)
    User.objects.create(email="ada@example.com")
    assert senders.operators() == ["op@example.com"]
