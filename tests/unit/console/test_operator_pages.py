"""The operator's pages: for operators alone, who have shown lately who they are; every change on record; no secrets."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from pingpilot.console.operator_urls import urlpatterns
from pingpilot.domain.delivery import DeliveryState
from pingpilot.manage import keys
from pingpilot.manage.audit import Actor
from pingpilot.store.models import AuditEntry, Delivery, Key, Quota, Session, User, Workspace
from tests.unit.console.shop import make_user, text_of
from tests.unit.console.test_every_page import INLINE

SHOWN = ("/admin", "/admin/workspaces", "/admin/users", "/admin/dead", "/admin/audit")
DEEDS = (
    "/admin/workspaces/{workspace}/plan",
    "/admin/workspaces/{workspace}/replay",
    "/admin/users/{user}/switch",
    "/admin/users/{user}/operator",
    "/admin/dead/{delivery}/replay",
)


@pytest.fixture
def dead(services, stocked, clock):
    """A delivery that has died."""
    made = Delivery.objects.create(
        id=services.new_id(),
        event=stocked.event,
        destination=stocked.destination,
        channel="webhook",
        state=DeliveryState.DEAD,
        due_at=clock.now,
        begun_at=clock.now,
        final_at=clock.now,
        last_detail="410 Gone",
    )
    made.refresh_from_db()
    return made


@pytest.fixture
def bob(services, ada):
    return make_user(services, "bob@example.com")


def filled(path, workspace, bob, dead):
    return path.format(workspace=workspace.pk, user=bob.pk, delivery=dead.pk)


@pytest.mark.parametrize("path", [*SHOWN, *DEEDS])
def test_for_members_and_for_nobody_they_do_not_exist(bob, nobody, workspace, dead, path):
    member = Client()
    member.force_login(bob)
    for one in (member, nobody):
        address = filled(path, workspace, bob, dead)
        assert one.get(address).status_code == 404
        assert one.post(address, {"plan": "PRO", "active": "0"}).status_code == 404
    assert not AuditEntry.objects.filter(action__in=("plan.granted", "user.disabled", "event.replayed")).exists()


@pytest.mark.parametrize("path", [*SHOWN, *DEEDS])
def test_an_operator_shows_again_who_they_are(client, clock, workspace, bob, dead, path):
    clock.advance(minutes=10, seconds=1)
    address = filled(path, workspace, bob, dead)
    answer = client.post(address) if path in DEEDS else client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/reauthenticate?next=%2Fadmin")


@pytest.mark.parametrize("path", SHOWN)
def test_no_page_shows_a_secret_or_what_an_event_says(client, services, workspace, stocked, dead, bob, path):
    answer = client.get(path)
    html = text_of(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not INLINE.findall(html)
    key = Key.objects.get(workspace=workspace, is_primary=True)
    for secret in (bytes(key.digest).hex(), "hooks.example", "99.90", "whsec_", User.objects.get(pk=bob.pk).password):
        assert secret not in html


@pytest.mark.parametrize("path", DEEDS)
def test_a_deed_needs_the_token(ada, workspace, bob, dead, path):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(filled(path, workspace, bob, dead)).status_code == 403


def test_a_plan_is_granted_at_once_and_on_record(client, ada, workspace, bob):
    other = bob.workspaces.get()
    assert client.post(f"/admin/workspaces/{other.pk}/plan", {"plan": "UNLIMITED"}).status_code == 302
    after = Workspace.objects.get(pk=other.pk)
    assert (after.plan, after.revision) == ("UNLIMITED", other.revision + 1)
    entry = AuditEntry.objects.get(action="plan.granted")
    assert (entry.actor, entry.workspace, entry.detail) == (ada, other, {"plan": "UNLIMITED", "before": "FREE"})
    assert "It must be one of FREE, PRO, ENTERPRISE, UNLIMITED" in text_of(
        client.post(f"/admin/workspaces/{other.pk}/plan", {"plan": "GOLD"}, follow=True)
    )
    assert client.post("/admin/workspaces/999/plan", {"plan": "PRO"}).status_code == 404


def test_an_account_is_switched_off_and_on(client, ada, bob):
    member = Client()
    member.force_login(bob)
    client.post(f"/admin/users/{bob.pk}/switch", {"active": "0"})
    assert not User.objects.get(pk=bob.pk).is_active
    assert not Session.objects.filter(user=bob).exists()
    assert member.get("/dashboard").status_code == 302
    client.post(f"/admin/users/{bob.pk}/switch", {"active": "1"})
    assert User.objects.get(pk=bob.pk).is_active
    assert [entry.action for entry in AuditEntry.objects.filter(target=str(bob.pk), actor=ada)] == [
        "user.disabled",
        "user.enabled",
    ]


def test_another_operator_is_made_and_on_record_and_nobody_gives_it_up(client, ada, bob):
    page = client.post(f"/admin/users/{bob.pk}/operator", {"operator": "1"}, follow=True)
    assert "bob@example.com operates this instance, too" in text_of(page)
    second = Client()
    second.force_login(bob)
    assert second.get("/admin/users").status_code == 200
    client.post(f"/admin/users/{bob.pk}/operator", {"operator": "0"})
    assert second.get("/admin/users").status_code == 404
    page = client.post(f"/admin/users/{ada.pk}/operator", {"operator": "0"}, follow=True)
    assert "make another first" in text_of(page)
    assert User.objects.get(pk=ada.pk).is_staff
    assert [entry.action for entry in AuditEntry.objects.filter(target=str(bob.pk), actor=ada)] == [
        "user.operator_granted",
        "user.operator_withdrawn",
    ]


def test_the_log_tells_in_sentences_and_can_be_narrowed(client, services, workspace):
    keys.reveal(services, keys.primary(workspace), Actor(address="203.0.113.7"))
    html = text_of(client.get("/admin/audit"))
    assert f"revealed key {keys.primary(workspace).id[:12]} in <strong>{workspace.name}</strong>" in html
    assert "made the workspace" in html
    assert "made the workspace" not in text_of(client.get("/admin/audit?action=key.revealed"))
    assert client.get("/admin/audit?before=x").status_code == 404


def test_nobody_switches_themselves_off(client, ada):
    page = client.post(f"/admin/users/{ada.pk}/switch", {"active": "0"}, follow=True)
    assert "This is your own account" in text_of(page)
    assert User.objects.get(pk=ada.pk).is_active


def test_a_dead_delivery_is_sent_again_and_that_is_on_record(client, ada, dead):
    assert "410 Gone" in text_of(client.get("/admin/dead"))
    client.post(f"/admin/dead/{dead.pk}/replay")
    assert Delivery.objects.get(pk=dead.pk).state == DeliveryState.PENDING
    assert AuditEntry.objects.get(action="event.replayed").actor == ada
    assert client.post(f"/admin/dead/{dead.pk}/replay").status_code == 404


def test_all_that_died_in_a_workspace_is_sent_again(client, ada, dead, workspace):
    client.post(f"/admin/workspaces/{workspace.pk}/replay")
    assert Delivery.objects.get(pk=dead.pk).state == DeliveryState.PENDING
    assert AuditEntry.objects.get(action="deliveries.replayed").actor == ada


def test_the_channels_page_counts_what_waits_and_what_is_broken(client, clock, stocked, dead):
    destination = stocked.destination
    destination.last_error_at, destination.last_error = clock.now, "503 Service Unavailable"
    destination.save()
    row = re.search(r"<strong>Webhook</strong>(.*?)</tr>", text_of(client.get("/admin")), re.DOTALL)
    assert row is not None
    assert "Broken" in row[1]
    assert "503 Service Unavailable" in row[1]
    assert 'data-label="Dead"><span>1</span>' in row[1]


def test_the_channels_page_sums_up_what_waits(client, services, stocked, dead, clock):
    Delivery.objects.create(
        id=services.new_id(),
        event=stocked.event,
        destination=stocked.destination,
        channel="webhook",
        due_at=clock.now + timedelta(hours=1),
        begun_at=clock.now,
    )
    totals = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", text_of(client.get("/admin"))))
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=clock.now).count()
    assert totals == {"Due": str(waiting), "Sending": "0", "Later": "1", "Dead": "1"}


def test_the_workspaces_page_tells_how_much_of_its_plan_each_has_used(client, clock, workspace, bob):
    Quota.objects.update_or_create(
        workspace=workspace, year=clock.now.year, month=clock.now.month, defaults={"used": 100}
    )
    Quota.objects.create(workspace=bob.workspaces.get(), year=clock.now.year - 1, month=clock.now.month, used=77)
    rows = re.findall(
        r'data-label="Events this month"><span>(.*?)</span></td>', text_of(client.get("/admin/workspaces"))
    )
    assert [re.sub(r"<[^>]+>", "", row) for row in rows] == ["100 of 100 Full", "0 of 100"]


def test_people_and_workspaces_are_found_and_paged(client, bob):
    assert "bob@example.com" in text_of(client.get("/admin/users?q=BOB"))
    assert "<strong>ada@example.com" not in text_of(client.get("/admin/users?q=bob"))
    assert "bob@example.com" in text_of(client.get("/admin/workspaces?q=bob&after=x"))
    assert "Nothing found." in text_of(client.get(f"/admin/workspaces?after={10**17}"))


def test_every_path_is_tried_here():
    tried = {re.sub(r"\{\w+\}", "*", path) for path in (*SHOWN, *DEEDS)}
    assert tried == {"/" + re.sub(r"<[^>]+>", "*", str(one.pattern)) for one in urlpatterns}
