"""Unsubscribing: whoever gets a mail stops them, and only that."""

import pytest

from pingpilot.domain.errors import NotFound
from pingpilot.domain.event import Purpose
from pingpilot.manage import destinations, proofs, unsubscribing
from pingpilot.manage.audit import NOBODY, Actor
from pingpilot.manage.destinations import Draft
from pingpilot.store import notices
from pingpilot.store.destinations import BY_RECIPIENT
from pingpilot.store.models import AuditEntry, Destination, Workspace
from tests.unit.manage.sample import Clock, Pipeline, make_services

BY_MAIL = Draft("email", {"to": "grace@example.com"}, is_verified=True)
READER = Actor(None, "203.0.113.9")


@pytest.fixture
def destination(services, workspace):
    return destinations.add(services, workspace, BY_MAIL).destination


def token_for(services, destination):
    link = unsubscribing.link_of(services, destination.pk)
    assert link.startswith("https://pings.example/unsubscribe/")
    return link.rpartition("/")[2]


def unsubscribe(services, destination):
    unsubscribing.unsubscribe(services, destination, READER)
    return Destination.objects.get(pk=destination.pk)


def log():
    return [one for one in AuditEntry.objects.order_by("pk") if one.action == "destination.unsubscribed"]


def test_a_link_opens_its_destination_alone_and_tells_nothing_of_it(services, workspace, destination):
    other = destinations.add(services, workspace, Draft("email", {"to": "b@example.com"}, is_verified=True))
    token = token_for(services, destination)
    assert unsubscribing.read(services, token) == destination
    assert unsubscribing.read(services, token_for(services, other.destination)) == other.destination
    assert token != token_for(services, destination)  # no two mails tell that they are to one address


@pytest.mark.parametrize("forged", ["", "7", "abc", "AAAA" * 20, "é", "..%2f.."])
def test_a_forged_link_opens_nothing(services, destination, forged):
    with pytest.raises(NotFound, match="newest message"):
        unsubscribing.read(services, forged)


def test_a_link_that_was_changed_or_cut_opens_nothing(services, destination):
    token = token_for(services, destination)
    for wrong in (token[:-3], token[1:], token.swapcase(), token + "AAAA"):
        with pytest.raises(NotFound):
            unsubscribing.read(services, wrong)


def test_where_only_this_machine_could_follow_it_there_is_no_link(destination):
    for own in ("http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"):
        assert unsubscribing.link_of(make_services(Clock(), Pipeline(), public_url=own), destination.pk) == ""


def test_it_switches_off_is_noted_and_the_owner_is_to_be_told(services, workspace, destination):
    revision = Workspace.objects.get().revision
    row = unsubscribe(services, destination)
    assert (row.is_active, row.disabled_at, row.disabled_reason) == (False, services.now(), BY_RECIPIENT)
    assert [(one.actor, one.network, one.target) for one in log()] == [(None, "203.0.113.0/24", str(row.pk))]
    assert Workspace.objects.get().revision > revision
    (trouble,) = notices.untold(10)
    assert (trouble.destination, trouble.is_gone, trouble.reason) == (row.pk, True, BY_RECIPIENT)


def test_a_second_time_changes_nothing(services, clock, destination):
    first = unsubscribe(services, destination)
    clock.advance(hours=1)
    assert unsubscribe(services, destination).disabled_at == first.disabled_at
    assert len(log()) == 1


def test_the_owner_who_switches_it_on_has_to_prove_the_address_anew(services, clock, destination, pipeline):
    unsubscribe(services, destination)
    destinations.enable(services, destination, NOBODY)
    row = Destination.objects.get()
    assert (row.disabled_at, row.verified_at, row.gone_at, row.is_active) == (None, None, None, False)
    assert [(unit.purpose, unit.proves) for unit in pipeline.submitted] == [(Purpose.PROOF, False)]
    link = pipeline.submitted[0].event.url
    assert proofs.confirm(services, link.rpartition("/")[2], NOBODY).is_active


def test_what_its_owner_has_switched_off_stays_off_and_is_no_trouble(services, destination):
    destinations.disable(services, destination, NOBODY)
    row = unsubscribe(services, destination)
    assert (row.disabled_reason, row.gone_at) == (BY_RECIPIENT, None)
    assert notices.untold(10) == []
    destinations.enable(services, row, NOBODY)
    assert not Destination.objects.get().is_active


def test_of_what_was_removed_nothing_is_said_but_that_it_is_over(services, destination):
    token = token_for(services, destination)
    destinations.remove(services, destination, NOBODY)
    row = unsubscribing.read(services, token)
    assert unsubscribing.is_over(unsubscribe(services, row))
    assert log() == []


def test_a_link_about_what_is_erased_says_that_nothing_more_will_come(services, destination):
    token = token_for(services, destination)
    Destination.objects.all().delete()
    with pytest.raises(NotFound, match="no more messages"):
        unsubscribing.read(services, token)
