"""Destinations, from adding to removing."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pingpilot.domain.delivery import DeliveryState
from pingpilot.domain.errors import ChannelUnavailable, InvalidDestination, NotFound
from pingpilot.domain.event import Purpose
from pingpilot.manage import categories, destinations, events
from pingpilot.manage.audit import NOBODY, page
from pingpilot.manage.destinations import Draft
from pingpilot.security.identity import identity_digest
from pingpilot.store.models import Delivery, Destination, Event, User, Workspace
from tests.unit.manage.sample import report

BROWSER = Draft(
    "push",
    {
        "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    "Firefox on Linux",
)
HOOK = Draft("webhook", {"url": "https://example.com/secret-path"}, "Mine")
VERIFIED = Draft("webhook", {"url": "https://example.com/secret-path"}, is_verified=True)


@pytest.fixture
def destination(services, workspace):
    return destinations.add(services, workspace, VERIFIED).destination


def settings_of(services, destination):
    return json.loads(services.box.unseal(bytes(destination.sealed), f"destination:{destination.pk}"))


def test_its_settings_are_sealed_and_only_its_address_shows(services, workspace):
    added = destinations.add(services, workspace, HOOK)
    row = Destination.objects.get()
    assert settings_of(services, row) == {"url": "https://example.com/secret-path", **added.made}
    assert b"secret-path" not in bytes(row.sealed)
    assert (row.label, row.address, row.is_active) == ("Mine", "example.com/…", False)
    assert "secret-path" not in repr((HOOK, added, row))


def test_made_secrets_are_handed_out_once(services, workspace):
    assert set(destinations.add(services, workspace, HOOK).made) == {"secret"}
    given = Draft("webhook", {**HOOK.values, "secret": "whsec_" + "QUFB" * 8})
    assert destinations.add(services, workspace, given).made == {}


def test_a_verified_one_is_active_at_once_and_nothing_is_sent(services, workspace, pipeline):
    assert destinations.add(services, workspace, VERIFIED).destination.is_active
    assert pipeline.submitted == []


def test_a_refused_one_leaves_nothing_behind(services, workspace):
    with pytest.raises(InvalidDestination):
        destinations.add(services, workspace, Draft("webhook", {"url": "x"}))
    with pytest.raises(ChannelUnavailable):
        destinations.add(services, workspace, Draft("pigeon", {}))
    assert not Destination.objects.exists()


def test_a_person_vouched_for_is_found_when_they_leave(services, workspace):
    added = destinations.add(services, workspace, Draft("telegram", {"chat_id": "77"}, is_verified=True))
    assert bytes(added.destination.identity_digest or b"") == identity_digest("telegram", {"chat_id": "77"})


def test_the_same_browser_again_renews_its_destination(services, workspace, pipeline):
    first = destinations.add(services, workspace, BROWSER).destination
    Destination.objects.update(disabled_at=services.now(), disabled_reason="gone", suspect_count=2)
    keys = {**BROWSER.values, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}
    again = destinations.add(services, workspace, Draft("push", keys)).destination
    row = Destination.objects.get()
    assert (again.pk, row.disabled_at, row.suspect_count, row.label) == (first.pk, None, 0, "Firefox on Linux")
    assert settings_of(services, row) == keys
    assert [(unit.purpose, unit.proves) for unit in pipeline.submitted] == [(Purpose.PROOF, True)] * 2


def test_another_browser_and_one_that_was_removed_are_others(services, workspace):
    first = destinations.add(services, workspace, BROWSER).destination
    other = {**BROWSER.values, "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/xyz"}
    assert destinations.add(services, workspace, Draft("push", other)).destination.pk != first.pk
    destinations.remove(services, first, NOBODY)
    assert destinations.add(services, workspace, BROWSER).destination.pk != first.pk


def test_it_is_found_in_its_workspace_only(workspace, destination):
    assert destinations.find(workspace, destination.pk) == destination
    with pytest.raises(NotFound):
        destinations.find(Workspace(pk=workspace.pk + 1), destination.pk)


def test_a_test_goes_to_it_alone(services, workspace, destination, pipeline):
    destinations.add(services, workspace, VERIFIED)
    event_id = destinations.test(services, destination)
    (unit,) = pipeline.submitted
    assert [route.destination for route in unit.routes] == [destination.pk]
    assert (unit.purpose, unit.proves, unit.event_id) == (Purpose.TEST, False, event_id)
    assert pipeline.wakes == 1


def test_a_test_of_an_unproven_webhook_proves_it(services, workspace, pipeline):
    added = destinations.add(services, workspace, HOOK)
    destinations.test(services, added.destination)
    assert [(unit.purpose, unit.proves) for unit in pipeline.submitted] == [(Purpose.PROOF, True)] * 2


def test_what_waits_for_its_link_or_is_switched_off_is_not_tested(services, workspace, destination):
    linking = destinations.add(services, workspace, Draft("telegram", {})).destination
    with pytest.raises(ChannelUnavailable, match="not linked yet"):
        destinations.test(services, linking)
    destinations.disable(services, destination, NOBODY)
    with pytest.raises(ChannelUnavailable, match="switched off"):
        destinations.test(services, destination)


def test_switched_off_and_on_it_starts_afresh(services, workspace, destination):
    Destination.objects.update(suspect_count=2)
    destinations.disable(services, destination, NOBODY)
    assert not Destination.objects.get().is_active
    destinations.enable(services, destination, NOBODY)
    row = Destination.objects.get()
    assert (row.is_active, row.disabled_reason, row.suspect_count) == (True, "", 0)


def test_a_removed_one_keeps_its_row_but_not_its_settings(services, workspace, destination, pipeline):
    categories.create(services, workspace, categories.Draft("sale", "#000000"))
    categories.route(services, workspace, "sale", [destination.pk])
    destinations.remove(services, destination, NOBODY)
    row = Destination.objects.get()
    assert (bytes(row.sealed), row.is_active, row.identity_digest) == (b"", False, None)
    assert destinations.list_all(workspace) == []
    assert not categories.find(workspace, "sale").destinations.exists()
    with pytest.raises(NotFound):
        destinations.find(workspace, destination.pk)


def test_what_was_on_its_way_to_a_removed_one_falls_due(services, workspace, destination, clock, pipeline):
    events.send_test(services, workspace)
    Delivery.objects.update(due_at=clock.now.replace(year=2030))
    destinations.remove(services, destination, NOBODY)
    assert Delivery.objects.get().due_at == clock.now
    assert Delivery.objects.get().state == DeliveryState.PENDING
    assert pipeline.wakes == 2


def test_every_change_is_recorded_and_makes_cached_pictures_stale(services, workspace, destination):
    revisions = [Workspace.objects.get().revision]
    for change in (destinations.disable, destinations.enable, destinations.remove):
        change(services, destination, NOBODY)
        revisions.append(Workspace.objects.get().revision)
    assert revisions == list(range(revisions[0], revisions[0] + 4))
    destinations.rename(services, destination, " Yours ", NOBODY)
    verbs = [entry.action.partition(".")[2] for entry in page(workspace).entries]
    assert verbs == ["renamed", "removed", "enabled", "disabled", "added", "created"]


def test_the_verified_address_of_an_account_is_the_first_destination(services, workspace):
    row = destinations.add_account_address(services, workspace, User.objects.get())
    assert row is not None
    assert (row.kind, row.is_active) == ("email", True)
    assert destinations.add_account_address(services, workspace, User.objects.get()) is None
    assert not Event.objects.exists()


def test_without_mail_there_is_no_such_destination(services, workspace):
    assert destinations.add_account_address(replace(services, has_smtp=False), workspace, User.objects.get()) is None


def waiting_for(services, workspace, destination):
    """Put a delivery into the store that waits for the end of a pause."""
    category = categories.create(services, workspace, categories.Draft("held", "#FF6B6B"))
    report(services, category, routes=events.routes_to([destination]))
    Delivery.objects.update(due_at=services.now() + timedelta(minutes=5))
    Destination.objects.update(broken_at=services.now(), told_at=services.now(), last_error="Answered 401")


@pytest.mark.parametrize("deed", ["test", "enable", "remove"])
def test_what_waits_for_a_refused_one_is_tried_as_soon_as_it_is_mended(
    services, workspace, destination, pipeline, deed
):
    waiting_for(services, workspace, destination)
    pipeline.wakes = 0
    row = Destination.objects.get()
    getattr(destinations, deed)(services, row, *([] if deed == "test" else [NOBODY]))
    assert list(Delivery.objects.exclude(due_at__lte=services.now())) == []
    assert pipeline.wakes >= 1
    if deed != "remove":
        assert Destination.objects.get().broken_at is None


def test_a_browser_that_renews_its_keys_gets_at_once_what_waited(services, workspace):
    first = destinations.add(services, workspace, BROWSER).destination
    waiting_for(services, workspace, first)
    destinations.add(services, workspace, BROWSER)
    assert list(Delivery.objects.exclude(due_at__lte=services.now())) == []
    assert Destination.objects.get().broken_at is None
