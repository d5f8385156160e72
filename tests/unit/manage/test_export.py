"""Taking everything along."""

import json

import pytest

from pingpilot.domain.event import Purpose
from pingpilot.domain.role import Role
from pingpilot.manage import categories, destinations, export, keys
from pingpilot.manage.audit import Actor, record
from pingpilot.store.models import Event, Membership, Workspace
from tests.planted import plant
from tests.unit.manage.sample import make_workspace, report

SECRET = plant("https://hooks.example/in?token=hunter2")


@pytest.fixture
def ada(workspace):
    return workspace.memberships.get().user


@pytest.fixture
def stocked(services, workspace):
    category = categories.create(services, workspace, categories.Draft("sale", "#FFEB3B", "💰"))
    draft = destinations.Draft("webhook", {"url": SECRET}, label="Ops", is_verified=True)
    destinations.add(services, workspace, draft)
    return category


def lines_of(user):
    return [json.loads(line) for page in export.event_lines(export.owned(user)) for line in page.splitlines()]


def test_profile_and_workspaces_with_all_that_is_set_up(services, ada, workspace, stocked):
    told = export.account(services, ada)
    assert told["profile"]["email"] == "ada@example.com"
    (own,) = told["workspaces"]
    assert (own["name"], own["role"]) == (workspace.name, "owner")
    assert own["categories"][0] | {"createdAt": ""} == {
        "name": "sale",
        "color": "#FFEB3B",
        "emoji": "💰",
        "isMuted": False,
        "cooldown": 600,
        "createdAt": "",
    }
    assert (own["destinations"][0]["kind"], own["destinations"][0]["label"]) == ("webhook", "Ops")
    assert own["keys"][0]["scopes"] == ["events:write", "events:read", "manage"]
    assert own["createdAt"].endswith("Z")


def test_no_secret_goes_along(services, ada, workspace, stocked):
    text = json.dumps(export.account(services, ada))
    key = keys.primary(workspace)
    whole = services.box.unseal(bytes(key.sealed or b""), f"key:{key.id}").decode()
    for secret in ("hunter2", whole, ada.password):
        assert secret not in text


def test_what_happened_to_the_account_goes_along_newest_first(services, ada, clock):
    record(services, None, Actor(ada, "203.0.113.7"), "user.signed_in", ada.pk, {"by": "a passkey"})
    clock.advance(minutes=1)
    record(services, None, Actor(address="198.51.100.7"), "user.sign_in_failed", ada.pk)
    record(services, None, Actor(address="198.51.100.7"), "user.sign_in_failed", ada.pk + 1)
    failed, signed_in = export.account(services, ada)["activity"]
    assert (failed["action"], failed["byYou"], failed["network"]) == ("user.sign_in_failed", False, "198.51.100.0/24")
    assert (signed_in["action"], signed_in["byYou"], signed_in["detail"]) == (
        "user.signed_in",
        True,
        {"by": "a passkey"},
    )


def test_of_workspaces_of_others_only_the_membership(services, ada):
    other = make_workspace(services, "bob@example.com")
    Membership.objects.create(workspace=other, user=ada, role=Role.ADMIN)
    category = categories.create(services, other, categories.Draft("theirs", "#FFEB3B"))
    report(services, category)
    theirs = export.account(services, ada)["workspaces"][1]
    assert set(theirs) == {"id", "name", "role", "plan", "createdAt"}
    assert lines_of(ada) == []


def test_events_go_along_one_a_line_newest_first_with_numbers_as_they_were_sent(services, ada, stocked, clock):
    Workspace.objects.update(plan="UNLIMITED")
    for number in range(export.PAGE + 3):
        report(services, stocked, '{"amount": 99.90, "note": "é\\n"}' if number == 0 else f'{{"n": {number}}}')
        clock.advance(seconds=number % 2)
    pages = list(export.event_lines(export.owned(ada)))
    assert [page.count("\n") for page in pages] == [export.PAGE, 3]
    lines = "".join(pages).splitlines()
    assert '"fields": {"amount": 99.90, "note": "é\\n"}' in lines[-1]
    told = [json.loads(line) for line in lines]
    assert len({one["id"] for one in told}) == export.PAGE + 3
    assert [one["timestamp"] for one in told] == sorted((one["timestamp"] for one in told), reverse=True)
    assert told[0]["workspaceId"] == stocked.workspace_id


def test_links_that_prove_an_address_stay_here(services, ada, stocked):
    report(services, stocked)
    Event.objects.update(purpose=Purpose.PROOF)
    assert lines_of(ada) == []
