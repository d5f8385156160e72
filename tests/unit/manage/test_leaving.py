"""Deleting an account."""

import pytest

from pingpilot.domain.role import Role
from pingpilot.manage import categories, leaving, users, workspaces
from pingpilot.manage.audit import Actor
from pingpilot.store.models import Category, Delivery, Event, Key, Membership, User, Workspace
from tests.unit.manage.sample import PASSWORD, clear_away, make_workspace, report


@pytest.fixture
def owner(services):
    """An operator beside the one who leaves, so that somebody stays in charge."""
    users.create(services, "operator@example.com", PASSWORD)
    make_workspace(services, "ada@example.com")
    return User.objects.get(email="ada@example.com")


@pytest.fixture
def shop(services, owner):
    workspace = owner.workspaces.get()
    category = categories.create(services, workspace, categories.Draft("sale", "#FFEB3B"))
    for _ in range(3):
        report(services, category)
    return workspace


def join(workspace, user, role=Role.MEMBER):
    Membership.objects.create(workspace=workspace, user=user, role=role)


def gone(services, user):
    """Delete an account and what it leaves behind; tell whether that was possible."""
    is_gone = leaving.delete_account(services, user, Actor(user))
    clear_away()
    return is_gone


def test_what_goes_is_said_before(owner, shop):
    (gone,) = leaving.preview(owner).goes
    assert (gone.workspace, gone.events, gone.categories, gone.channels, gone.keys) == (shop, 3, 1, 0, 1)


def test_account_and_workspaces_go_and_their_keys_open_nothing(services, owner, shop):
    assert gone(services, owner)
    assert not User.objects.filter(email="ada@example.com").exists()
    for table in (Workspace, Key, Category, Event, Delivery):
        assert not table.objects.exists()


def test_workspaces_of_others_stay_without_who_leaves(services, owner, shop):
    other = make_workspace(services, "bob@example.com")
    join(other, owner)
    assert leaving.preview(owner).stays == [other]
    assert gone(services, owner)
    assert list(Workspace.objects.all()) == [other]
    assert other.memberships.count() == 1


def test_a_workspace_with_others_in_it_needs_another_owner_first(services, owner, shop):
    bob = make_workspace(services, "bob@example.com").memberships.get().user
    join(shop, bob, Role.ADMIN)
    preview = leaving.preview(owner)
    assert (preview.held, preview.goes, preview.is_possible) == ([shop], [], False)
    assert not gone(services, owner)
    assert Event.objects.count() == 3
    owner.memberships.update(role=Role.MEMBER)
    shop.memberships.filter(user=bob).update(role=Role.OWNER)
    assert gone(services, owner)
    assert workspaces.role_of(shop, bob) == Role.OWNER


def test_the_last_operator_stays_while_others_need_one(services, owner, shop):
    operator = User.objects.get(is_staff=True)
    assert leaving.preview(operator).is_last_operator
    assert not gone(services, operator)
    User.objects.exclude(pk=operator.pk).update(is_staff=True)
    assert gone(services, operator)


def test_who_is_alone_may_go_and_the_next_one_is_the_operator(services):
    make_workspace(services, "ada@example.com")
    assert gone(services, User.objects.get())
    assert users.create(services, "bob@example.com", PASSWORD).is_staff
