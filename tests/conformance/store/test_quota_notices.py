"""Owners are told once of each mark and limit, in the commit of the event that tells it; on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from msgspec.structs import replace

from pingpilot.domain.address import masked
from pingpilot.domain.event import Purpose
from pingpilot.store import quota_notices
from pingpilot.store.models import Destination, Event, Membership, Quota, User
from pingpilot.store.quota_notices import UsedUp, Warn, claim_letter, return_letter, routes_to, unmailed, untold, warn
from tests.conformance.store.house import NOW, House
from tests.conformance.store.shelf import no_scans

NEXT_MONTH = datetime(2026, 12, 1, tzinfo=UTC)


def apply(action: Any, *units: Any) -> Sequence[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        result: Sequence[Any] = action(cursor, units)
        return result


def unit(house: House, found: UsedUp, *, has_mail: bool = True) -> Warn:
    event = replace(house.unit(routes=routes_to(house.workspace), purpose=Purpose.NOTICE), revision=None)
    return Warn(house.workspace, found.month.year, found.month.month, found.percent, found.limit, has_mail, event)


def told(house: House, used: int, plan: str = "FREE", now: datetime = NOW) -> list[tuple[int, int]]:
    """Use so much, and tell what is to be told; return it."""
    house.set_plan(plan)
    house.use(used, now)
    found = untold(now, 10)
    for one in found:
        assert apply(warn, unit(house, one)) == [True]
    assert untold(now, 10) == []
    return [(one.percent, one.used) for one in found]


def test_80_and_100_per_cent_are_told_of_once_each(house: House):
    assert [told(house, used) for used in (79, 80, 81, 99, 100, 100)] == [[], [(80, 80)], [], [], [(100, 100)], []]
    notices = Event.objects.filter(purpose="notice")
    assert (notices.count(), Quota.objects.get().used) == (2, 100)
    assert notices[0].deliveries.count() == 3


def test_who_uses_all_at_once_is_told_of_that_alone(house: House):
    assert told(house, 100) == [(100, 100)]
    assert Event.objects.count() == 1


def test_a_unit_given_back_and_used_again_is_no_news(house: House):
    assert [told(house, used) for used in (100, 79, 80, 100)] == [[(100, 100)], [], [], []]


def test_the_next_month_begins_anew(house: House):
    assert told(house, 100) == [(100, 100)]
    assert told(house, 80, now=NEXT_MONTH) == [(80, 80)]


def test_a_larger_plan_has_marks_of_its_own(house: House):
    assert told(house, 100) == [(100, 100)]
    assert [told(house, used, "PRO") for used in (101, 800, 1_000)] == [[], [(80, 800)], [(100, 1_000)]]
    assert told(house, 1_001, "UNLIMITED") == []


def test_of_two_processes_one_tells(house: House):
    house.set_plan("FREE")
    house.use(80)
    (found,) = untold(NOW, 10)
    assert apply(warn, unit(house, found), unit(house, found)) == [True, False]
    assert apply(warn, unit(house, found)) == [False]
    assert Event.objects.count() == 1


@pytest.fixture
def owner(house: House) -> User:
    user = User.objects.create(email="ada@example.com")
    Membership.objects.create(workspace_id=house.workspace, user=user, role="owner")
    return user


def test_the_owner_gets_one_mail(house: House, owner: User):
    told(house, 80)
    (letter,) = unmailed(10)
    assert (letter.addresses, letter.used_up.percent, letter.used_up.used) == ([owner.email], 80, 80)
    assert (claim_letter(letter), claim_letter(letter), unmailed(10)) == (True, False, [])
    return_letter(letter)  # the mail server did not take it
    assert len(unmailed(10)) == 1


def test_a_later_mail_takes_the_place_of_one_that_was_not_sent(house: House, owner: User):
    told(house, 80)
    (letter,) = unmailed(10)
    told(house, 100)
    assert not claim_letter(letter)
    assert [one.used_up.percent for one in unmailed(10)] == [100]


def test_an_owner_whose_address_is_a_channel_hears_there(house: House, owner: User):
    Destination.objects.create(
        workspace_id=house.workspace, kind="email", sealed=b"s", address=masked(owner.email), verified_at=NOW
    )
    told(house, 80)
    assert [letter.addresses for letter in unmailed(10)] == [[]]


def test_without_a_mail_server_no_mail_waits(house: House, owner: User):
    house.set_plan("FREE")
    house.use(80)
    assert apply(warn, unit(house, untold(NOW, 10)[0], has_mail=False)) == [True]
    assert unmailed(10) == []


def test_nothing_is_gone_through_to_find_whom_to_tell(house: House):
    with no_scans(["SCAN v"]):
        told(house, 80)
    with no_scans():
        quota_notices.unmailed(10)
