"""The workspace's page: people, settings, the audit log, the ways out."""

import re

import pytest
from django.core import mail
from django.test import Client, override_settings

from pingpilot.domain.role import Role
from pingpilot.manage import audit, keys, members, workspaces
from pingpilot.manage.audit import Actor
from pingpilot.store.models import AuditEntry, Invitation, Membership, Workspace
from tests.unit.console.shop import Pipeline, colleague, make_services, text_of

PAGE = "/dashboard/workspace"


@pytest.fixture(autouse=True)
def outbox():
    mail.outbox = []


@pytest.fixture
def grace(services, workspace):
    return colleague(services, workspace, Role.MEMBER, "grace@example.com").memberships.get()


@pytest.fixture
def no_mail(clock, services):
    """An instance that sends no mail."""
    made = make_services(clock, Pipeline(), allow_private=True, has_smtp=False)
    with override_settings(PINGPILOT=made):
        yield made


def invite(client, email="linus@example.com", role="viewer"):
    return text_of(client.post(f"{PAGE}/invite", {"email": email, "role": role}, follow=True))


def test_members_are_shown_with_their_roles_to_everybody(services, workspace, grace):
    viewer = Client()
    viewer.force_login(colleague(services, workspace, Role.VIEWER))
    html = text_of(viewer.get(PAGE))
    assert "grace@example.com" in html
    assert "You are a viewer." in html
    assert "Audit log" not in html
    assert "Settings</h2>" not in html


def test_an_invitation_goes_out_by_mail_and_is_listed_but_its_link_is_shown_to_nobody(client, workspace):
    html = invite(client)
    assert "An invitation is on its way to linus@example.com." in html
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["linus@example.com"], "PingPilot: You are invited to PingPilot")
    assert "ada@example.com invites you to the workspace “ada’s workspace” on PingPilot, as viewer." in message.body
    token = re.search(r"https://pings\.example/join/(\S+)", str(message.body))
    assert token is not None
    assert "linus@example.com" in html
    assert token[1] not in html


def test_without_a_mail_server_the_link_is_shown_once(client, no_mail):
    html = invite(client)
    assert mail.outbox == []
    assert re.search(r"https://pings\.example/join/[\w-]{43}", html)
    assert "/join/" not in text_of(client.get(PAGE))


def test_a_wrong_invitation_keeps_what_was_typed(client):
    answer = client.post(f"{PAGE}/invite", {"email": "nonsense", "role": "admin"})
    html = text_of(answer)
    assert answer.status_code == 422
    assert 'value="nonsense"' in html
    assert "Enter a valid e-mail address." in html
    assert re.search(r'value="admin" checked', html)


@pytest.mark.parametrize("role", ["owner", "", "king"])
def test_nobody_is_invited_as_owner(client, role):
    assert client.post(f"{PAGE}/invite", {"email": "linus@example.com", "role": role}).status_code == 422
    assert not Invitation.objects.exists()


def test_an_invitation_is_sent_again_after_a_minute_and_withdrawn(client, clock):
    invite(client)
    number = Invitation.objects.get().pk
    again = f"{PAGE}/invitations/{number}/resend"
    assert "a moment ago" in text_of(client.post(again, follow=True))
    clock.advance(minutes=1)
    client.post(again)
    assert len(mail.outbox) == 2
    assert "is void" in text_of(client.post(f"{PAGE}/invitations/{number}/withdraw", follow=True))
    assert not Invitation.objects.exists()


def test_a_role_is_changed(client, grace):
    html = text_of(client.post(f"{PAGE}/members/{grace.pk}", {"role": "admin"}, follow=True))
    assert "grace is an admin now." in html
    assert Membership.objects.get(pk=grace.pk).role == Role.ADMIN


def test_the_owners_role_is_not_changed_by_a_forged_form(client, services, workspace, grace):
    admin = Client()
    admin.force_login(colleague(services, workspace, Role.ADMIN))
    owner = members.list_all(workspace)[0]
    html = text_of(admin.post(f"{PAGE}/members/{owner.pk}", {"role": "viewer"}, follow=True))
    assert "The owner stays." in html
    admin.post(f"{PAGE}/members/{owner.pk}/remove")
    for role in ("owner", "nonsense"):
        assert client.post(f"{PAGE}/members/{grace.pk}", {"role": role}).status_code == 422
    assert [one.role for one in members.list_all(workspace)] == [Role.OWNER, Role.ADMIN, Role.MEMBER]


def test_a_member_is_removed_after_being_asked_about(client, workspace, grace):
    asked = text_of(client.get(f"{PAGE}/members/{grace.pk}/remove"))
    assert "Remove grace@example.com?" in asked
    assert "regenerate it" in asked
    client.post(f"{PAGE}/members/{grace.pk}/remove")
    assert len(members.list_all(workspace)) == 1


def test_who_was_removed_sees_nothing_with_the_very_next_click(client, workspace, grace):
    browser = Client()
    browser.force_login(grace.user)
    assert workspace.name in text_of(browser.get(PAGE))
    client.post(f"{PAGE}/members/{grace.pk}/remove")
    assert workspace.name not in text_of(browser.get(PAGE, follow=True))


def test_a_member_leaves_and_the_owner_does_not(client, workspace, grace):
    browser = Client()
    browser.force_login(grace.user)
    assert "You have left" in text_of(browser.post(f"{PAGE}/leave", follow=True))
    assert "The owner stays." in text_of(client.post(f"{PAGE}/leave", follow=True))
    assert [one.role for one in members.list_all(workspace)] == [Role.OWNER]


def test_name_and_settings_are_changed(client, workspace):
    client.post(f"{PAGE}/settings", {"name": " Shop ", "refuses": "on"})
    before = workspace.revision
    workspace.refresh_from_db()
    assert (workspace.name, workspace.refuses_without_destination) == ("Shop", True)
    assert workspace.revision > before
    actions = [entry.action for entry in audit.page(workspace).entries]
    assert actions[:2] == ["workspace.changed", "workspace.renamed"]
    answer = client.post(f"{PAGE}/settings", {"name": ""})
    assert (answer.status_code, "A name is required" in text_of(answer)) == (422, True)


def test_events_beyond_the_quota_are_held_where_the_owner_wishes(client, workspace):
    client.post(f"{PAGE}/settings", {"name": workspace.name, "holds": "on"})
    workspace.refresh_from_db()
    assert workspace.over_limit == "hold"
    assert audit.page(workspace).entries[0].detail["over_limit"] == "hold"
    page = text_of(client.get(PAGE))
    assert 'name="holds" checked' in page
    assert "chose to hold events beyond the quota" in page
    assert "At most 10,000 wait" in page


def test_saving_without_a_change_is_no_entry(client, workspace):
    client.post(f"{PAGE}/settings", {"name": workspace.name})
    assert [entry.action for entry in audit.page(workspace).entries] == ["workspace.created"]


def test_how_long_history_is_kept_follows_the_plan(client, workspace):
    assert "Events are kept for 30 days, on the plan Free." in text_of(client.get(PAGE))
    Workspace.objects.update(plan="UNLIMITED")
    assert "Events are kept for ever" in text_of(client.get(PAGE))


def test_the_log_says_who_what_when_and_from_which_network(services, ada, workspace, client):
    keys.reveal(services, keys.primary(workspace), Actor(ada, "203.0.113.77"))
    html = text_of(client.get(f"{PAGE}/log"))
    assert "<strong>ada@example.com</strong> revealed key" in html
    assert "Wed 20 May 2026, 12:00:00 UTC" in html
    assert "203.0.113.0/24" in html


def test_the_log_is_paged_and_narrowed_to_an_action(client, services, workspace, clock, ada):
    for number in range(audit.PAGE + 1):
        audit.record(services, workspace, Actor(ada), "category.created", number, {"name": f"n{number}"})
        clock.advance(seconds=number % 2)  # some share an instant
    first = text_of(client.get(f"{PAGE}/log?action=category.created"))
    older = re.search(r'href="(\?before=[^"]+)">Older', first)
    assert older is not None
    last = text_of(client.get(f"{PAGE}/log{older[1].replace('&amp;', '&')}"))
    shown = re.findall(r"made the category “(n\d+)”", first + last)
    assert sorted(shown) == sorted(f"n{number}" for number in range(audit.PAGE + 1))
    assert "made the workspace" not in first + last
    assert client.get(f"{PAGE}/log?before=nonsense").status_code == 404


def test_what_others_may_have_written_is_text_in_the_log(client, services, workspace, ada):
    audit.record(services, workspace, Actor(ada), "category.created", 1, {"name": "<script>{target}{0.__class__}"})
    assert "&lt;script&gt;{target}{0.__class__}" in text_of(client.get(f"{PAGE}/log"))


def test_the_workspace_is_given_away_by_who_types_its_name(client, workspace, grace):
    heir = {"member": grace.pk}
    for wrong in ({**heir, "name": "another"}, {"name": workspace.name}, {"name": workspace.name, "member": "999"}):
        assert client.post(f"{PAGE}/transfer", wrong).status_code == 422
    assert Membership.objects.get(pk=grace.pk).role == Role.MEMBER
    html = text_of(client.post(f"{PAGE}/transfer", {**heir, "name": workspace.name}, follow=True))
    assert "belongs to grace now" in html
    assert "You are an admin." in html
    assert client.post(f"{PAGE}/transfer", {**heir, "name": workspace.name}).status_code == 403


def test_the_workspace_is_deleted_by_who_types_its_name(client, workspace, stocked):
    asked = text_of(client.get(f"{PAGE}/delete"))
    assert re.findall(r"<dt>(\w+)</dt><dd>(\d+)</dd>", asked) == [
        ("Event", "1"),
        ("Category", "1"),
        ("Channel", "1"),
        ("Keys", "2"),
        ("Members", "2"),
    ]
    assert client.post(f"{PAGE}/delete", {"name": "another"}).status_code == 422
    assert not AuditEntry.objects.filter(action="workspace.deleted").exists()
    html = text_of(client.post(f"{PAGE}/delete", {"name": workspace.name}, follow=True))
    assert "is deleted" in html
    assert "You belong to no workspace at the moment" in html


def test_after_a_deletion_another_workspace_is_shown(client, services, ada, workspace):
    other = workspaces.open_another(services, ada, "Staging", Actor(ada))[0]
    client.post(f"{PAGE}/delete", {"name": workspace.name, "workspace": workspace.pk})
    assert other.name in text_of(client.get("/dashboard"))


@pytest.mark.parametrize("page", ["transfer", "delete"])
def test_ten_minutes_after_the_sign_in_the_password_is_asked(client, clock, workspace, grace, page):
    clock.advance(minutes=10, seconds=1)
    form = {"name": workspace.name, "member": grace.pk}
    for answer in (client.get(f"{PAGE}/{page}"), client.post(f"{PAGE}/{page}", form)):
        assert answer["Location"] == f"/reauthenticate?next=%2Fdashboard%2Fworkspace%2F{page}"
    assert Membership.objects.filter(workspace=workspace).count() == 2
    assert Membership.objects.get(pk=grace.pk).role == Role.MEMBER
