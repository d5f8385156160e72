"""What is wrong, as owners and the operator are told."""

import pytest

from pingpilot.manage import destinations, troubles
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.destinations import Draft
from pingpilot.store.models import BrokenSender, Destination
from pingpilot.store.senders import SINGLE
from tests.unit.manage.sample import make_workspace


@pytest.fixture
def destination(services, workspace):
    draft = Draft("telegram", {"chat_id": "77"}, is_verified=True)
    return destinations.add(services, workspace, draft).destination


def gone(services, destination):
    Destination.objects.filter(pk=destination.pk).update(
        gone_at=services.now(), disabled_at=services.now(), disabled_reason="Blocked.", told_at=services.now()
    )
    destination.refresh_from_db()


def test_a_trouble_stays_until_it_is_switched_on_again(services, workspace, destination):
    gone(services, destination)
    (trouble,) = troubles.of_workspace(workspace)
    assert (trouble.destination, trouble.reason, trouble.is_gone) == (destination.pk, "Blocked.", True)
    destinations.enable(services, destination, NOBODY)
    assert troubles.of_workspace(workspace) == []
    assert Destination.objects.get().told_at is None


def test_what_its_owner_switches_off_is_no_trouble(services, workspace, destination):
    gone(services, destination)
    destinations.disable(services, destination, NOBODY)
    assert troubles.of_workspace(workspace) == []


def test_what_is_removed_is_no_trouble(services, workspace, destination):
    gone(services, destination)
    destinations.remove(services, destination, NOBODY)
    assert troubles.of_workspace(workspace) == []


def test_the_operator_is_told_which_setting_to_check(services):
    now = services.now()
    BrokenSender.objects.create(channel="telegram", since=now, last_at=now, detail="Answered 401.")
    BrokenSender.objects.create(channel="lost", since=now, last_at=now, detail="?")
    found = {one.channel: one for one in troubles.of_instance(services)}
    assert found["telegram"].label == "Telegram"
    assert "PINGPILOT_TELEGRAM_BOT_TOKEN" in found["telegram"].remedy
    assert (found["lost"].label, found["lost"].remedy) == ("lost", "")
    assert "PINGPILOT_SMTP_URL" in troubles.remedy(services.channels["email"].SPEC)
    assert troubles.remedy(services.channels["webhook"].SPEC) == ""


def test_the_operator_is_told_what_to_do_about_single_destinations(services):
    now = services.now()
    BrokenSender.objects.create(channel=SINGLE, since=now, last_at=now, detail="2 in all")
    (refusal,) = troubles.of_instance(services)
    assert refusal.label == "Some destinations"
    assert "secret.key" in refusal.remedy


def test_owners_hear_of_a_channel_only_where_they_use_it(services, workspace, destination):
    now = services.now()
    BrokenSender.objects.create(channel="telegram", since=now, last_at=now, detail="Answered 401.")
    assert [one.channel for one in troubles.holding(services, workspace)] == ["telegram"]
    assert troubles.holding(services, make_workspace(services, "bob@example.com")) == []
    destinations.disable(services, destination, NOBODY)
    assert troubles.holding(services, workspace) == []
