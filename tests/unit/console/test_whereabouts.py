"""Which workspace a page is about, for who has several."""

import re

import pytest

from pingpilot.domain.role import Role
from pingpilot.manage import categories, members, workspaces
from pingpilot.manage.audit import Actor
from tests.unit.console.shop import make_user, stock, text_of


@pytest.fixture
def staging(services, ada, workspace, clock):
    """Another workspace of the same owner."""
    clock.advance(minutes=1)
    return workspaces.open_another(services, ada, "Staging", Actor(ada))[0]


def shown_in(client, path="/dashboard"):
    """Return the name of the workspace that a page is about."""
    found = re.search(r"Workspace: </span>([^<]+)<", text_of(client.get(path, follow=True)))
    assert found, path
    return found[1]


def test_the_first_one_joined_is_shown_until_another_is_chosen(client, workspace, staging):
    assert shown_in(client) == workspace.name
    html = text_of(client.post("/dashboard/workspaces/choose", {"workspace": staging.pk}, follow=True))
    assert "You are now in “Staging”." in html
    assert shown_in(client, "/dashboard/events") == "Staging"


def test_the_menu_offers_every_workspace_without_script(client, workspace, staging):
    html = text_of(client.get("/dashboard"))
    assert f'name="workspace" value="{staging.pk}"' in html
    assert f'name="workspace" value="{workspace.pk}" aria-current="true"' in html


def test_a_workspace_of_others_cannot_be_chosen(client, services, staging):
    other = make_user(services, "mallory@example.com").workspaces.get()
    assert client.post("/dashboard/workspaces/choose", {"workspace": other.pk}).status_code == 404
    assert client.get(f"/dashboard?workspace={other.pk}").status_code == 404
    assert client.get("/dashboard?workspace=x").status_code == 404


def test_making_another_workspace_leads_into_it(client, ada):
    html = text_of(client.post("/dashboard/workspaces/new", {"name": "  Shop   staging "}, follow=True))
    assert "“Shop staging” is ready" in html
    assert shown_in(client) == "Shop staging"
    assert [one.name for one in members.owned_by(ada)] == ["ada’s workspace", "Shop staging"]


@pytest.mark.parametrize(("name", "said"), [("", "A name is required"), ("x" * 101, "100 characters at most")])
def test_a_name_that_is_none_is_refused_beside_its_field(client, ada, name, said):
    answer = client.post("/dashboard/workspaces/new", {"name": name})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert len(members.owned_by(ada)) == 1


def test_a_link_to_what_another_workspace_has_switches_to_it(client, services, workspace, staging):
    there = stock(services, staging)
    for path in (
        f"/dashboard/events/{there.event_id}",
        f"/dashboard/channels/{there.destination.pk}",
        "/dashboard/category/sale",
        "/dashboard/events?category=sale",
    ):
        client.post("/dashboard/workspaces/choose", {"workspace": workspace.pk})
        assert shown_in(client, path) == "Staging", path
        assert shown_in(client) == "Staging", path


def test_a_name_that_both_have_means_the_current_one(client, services, workspace, staging):
    stock(services, workspace)
    stock(services, staging)
    assert shown_in(client, "/dashboard/category/sale") == workspace.name
    client.post("/dashboard/workspaces/choose", {"workspace": staging.pk})
    assert shown_in(client, "/dashboard/category/sale") == "Staging"


def test_a_name_that_two_others_have_is_asked_about(client, services, ada, workspace, staging):
    qa = workspaces.open_another(services, ada, "QA", Actor(ada))[0]
    for one in (staging, qa):
        categories.create(services, one, categories.Draft("sale", "#112233"))
    answer = client.get("/dashboard/category/sale?range=week")
    html = text_of(answer)
    assert "Which workspace?" in html
    assert f"/dashboard/category/sale?range=week&amp;workspace={qa.pk}" in html
    assert shown_in(client, f"/dashboard/category/sale?range=week&workspace={qa.pk}") == "QA"
    client.post("/dashboard/workspaces/choose", {"workspace": workspace.pk})
    assert client.post("/dashboard/category/sale/delete", {"events": "delete"}).status_code == 404


def test_a_form_left_open_does_what_it_says_where_it_was_shown(client, services, workspace, staging):
    """Another window has gone to another workspace meanwhile."""
    form = {"name": "sale", "color": "#FF6B6B", "workspace": workspace.pk}
    client.post("/dashboard/workspaces/choose", {"workspace": staging.pk})
    client.post("/dashboard/new-category", form)
    assert [one.name for one in categories.list_all(workspace)] == ["sale"]
    assert categories.list_all(staging) == []
    assert shown_in(client) == workspace.name


def test_a_page_left_open_goes_on_showing_its_workspace_and_chooses_none(client, services, workspace, staging):
    stock(services, workspace)
    client.post("/dashboard/workspaces/choose", {"workspace": staging.pk})
    part = client.get(f"/dashboard/live?workspace={workspace.pk}", headers={"HX-Request": "true"})
    assert "sale" in text_of(part)
    assert f"workspace={workspace.pk}" in text_of(part)
    assert shown_in(client) == "Staging"


def test_who_has_left_the_chosen_workspace_is_shown_another(client, services, ada, workspace):
    other = make_user(services, "bob@example.com").workspaces.get()
    member = members.join(services, other, ada, Role.MEMBER)
    client.post("/dashboard/workspaces/choose", {"workspace": other.pk})
    assert shown_in(client) == other.name
    member.delete()
    assert shown_in(client) == workspace.name


def test_who_has_no_workspace_makes_one_and_still_has_an_account(client, ada):
    ada.memberships.all().delete()
    html = text_of(client.get("/dashboard", follow=True))
    assert "You belong to no workspace at the moment" in html
    assert client.get("/dashboard/account-settings").status_code == 200
    client.post("/dashboard/workspaces/new", {"name": "Mine"})
    assert shown_in(client) == "Mine"
