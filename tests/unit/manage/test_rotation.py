"""Replacing a webhook's signing secret."""

import json
from datetime import timedelta

import pytest

from pingpilot.channels import webhook
from pingpilot.domain.errors import ChannelUnavailable, NotFound
from pingpilot.domain.wire import Call
from pingpilot.manage import destinations, rotation
from pingpilot.manage.audit import NOBODY, page
from pingpilot.manage.destinations import Draft
from pingpilot.store.models import Destination
from tests.unit.channels.sample import a_message

HOUR = timedelta(hours=1)
FIRST = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def destination(services, workspace):
    draft = Draft("webhook", {"url": "https://example.com/in", "secret": FIRST}, is_verified=True)
    return destinations.add(services, workspace, draft).destination


def signatures(services, destination):
    """Return how many signatures a call carries now, and which of the secrets made them."""
    row = Destination.objects.get(pk=destination.pk)
    config = json.loads(services.box.unseal(bytes(row.sealed), f"destination:{row.pk}"))
    call = next(webhook.converse(a_message(late=services.now() - a_message().at), config))
    assert isinstance(call, Call)
    return call.headers["webhook-signature"].split(), call


def signed_by(secret, call):
    identity, timestamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
    return webhook.sign(secret, identity, timestamp, call.body)


def test_both_sign_until_the_overlap_is_over(services, workspace, destination, clock):
    new = rotation.rotate(services, destination, HOUR, NOBODY)
    found, call = signatures(services, destination)
    assert found == [signed_by(new, call), signed_by(FIRST, call)]
    destination.refresh_from_db()
    assert rotation.old_until(services, destination) == clock.now + HOUR
    clock.advance(hours=1)
    found, call = signatures(services, destination)
    assert found == [signed_by(new, call)]
    assert rotation.old_until(services, destination) is None


def test_at_once_ends_whatever_was_before(services, destination):
    rotation.rotate(services, destination, timedelta(days=7), NOBODY)
    new = rotation.rotate(services, destination, timedelta(0), NOBODY)
    found, call = signatures(services, destination)
    assert found == [signed_by(new, call)]


def test_rotated_twice_all_three_sign(services, destination):
    second = rotation.rotate(services, destination, HOUR, NOBODY)
    third = rotation.rotate(services, destination, HOUR, NOBODY)
    found, call = signatures(services, destination)
    assert found == [signed_by(secret, call) for secret in (third, second, FIRST)]


def test_the_new_secret_is_one_and_on_record_is_only_that_it_was_made(services, workspace, destination):
    new = rotation.rotate(services, destination, HOUR, NOBODY)
    assert webhook.secret_issue(new) is None
    entry = page(workspace).entries[0]
    assert (entry.action, entry.target, entry.detail) == (
        "destination.rotated", str(destination.pk), {"overlap_s": 3600.0},
    )  # fmt: skip
    assert destinations.find(workspace, destination.pk).address == "example.com/…"


def test_what_has_no_secret_of_ours_cannot_be_rotated(services, workspace):
    mail = destinations.add(services, workspace, Draft("email", {"to": "a@example.com"}, is_verified=True)).destination
    with pytest.raises(ChannelUnavailable, match="no secret that can be replaced"):
        rotation.rotate(services, mail, HOUR, NOBODY)
    assert rotation.old_until(services, mail) is None


def test_a_destination_that_was_removed_meanwhile_is_gone(services, workspace, destination):
    destinations.remove(services, Destination.objects.get(pk=destination.pk), NOBODY)
    with pytest.raises(NotFound):
        rotation.rotate(services, destination, HOUR, NOBODY)


def test_an_overlap_is_one_of_those_on_offer(services, destination):
    with pytest.raises(ValueError, match="an overlap is one of"):
        rotation.rotate(services, destination, timedelta(hours=2), NOBODY)
