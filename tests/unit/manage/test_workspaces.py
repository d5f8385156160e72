"""Workspaces."""

from datetime import UTC, datetime

import pytest

from pingpilot.domain import key as form
from pingpilot.domain.errors import NotFound
from pingpilot.domain.plan import SHIPPED
from pingpilot.domain.role import Role
from pingpilot.manage import categories, events, keys, users, workspaces
from pingpilot.store.models import AuditEntry, Workspace
from tests.unit.manage.sample import PASSWORD, make_workspace, report


def test_a_workspace_comes_with_its_owner_and_its_key(services):
    owner = users.create(services, "ada@example.com", PASSWORD)
    workspace, text = workspaces.create(services, owner, "Shop")
    assert workspaces.role_of(workspace, owner) is Role.OWNER
    assert keys.primary(workspace).id == form.id_of(text)
    assert AuditEntry.objects.get(workspace=workspace).action == "workspace.created"
    assert text not in str(AuditEntry.objects.values_list("detail"))


def test_without_a_name_it_is_called_after_its_owner(services):
    owner = users.create(services, "ada@example.com", PASSWORD)
    assert workspaces.create(services, owner)[0].name == "ada’s workspace"
    assert len(workspaces.create(services, owner, "x" * 500)[0].name) == 100


def test_it_starts_on_the_default_plan_unless_another_is_named(services):
    assert make_workspace(services).plan == "FREE"
    assert make_workspace(services, "bob@example.com", "UNLIMITED").plan == "UNLIMITED"


def test_members_alone_find_it(services, workspace):
    owner = workspace.members.get()
    stranger = users.create(services, "eve@example.com", PASSWORD)
    assert workspaces.for_user(owner) == [workspace]
    assert workspaces.find(workspace.pk, owner) == workspace
    assert workspaces.role_of(workspace, stranger) is None
    with pytest.raises(NotFound):
        workspaces.find(workspace.pk, stranger)


def test_the_first_steps_are_ticked_one_by_one(services, workspace):
    assert not workspaces.first_steps(workspace).is_done
    workspaces.mark_key_copied(services, workspace)
    events.send_test(services, workspace)
    workspace.refresh_from_db()
    steps = workspaces.first_steps(workspace)
    assert (steps.is_key_copied, steps.is_channel_linked, steps.has_event) == (True, False, False)
    report(services, categories.create(services, workspace, categories.Draft("sale", "#112233")))
    assert workspaces.first_steps(workspace).has_event


def test_copying_the_key_makes_no_cached_picture_stale(services, workspace):
    before = Workspace.objects.get().revision
    workspaces.mark_key_copied(services, workspace)
    assert Workspace.objects.get().revision == before


def test_usage_counts_this_months_reports(services, workspace, clock):
    category = categories.create(services, workspace, categories.Draft("sale", "#112233"))
    report(services, category)
    events.send_test(services, workspace)
    usage = workspaces.usage(services, workspace)
    assert (usage.used, usage.limit, usage.remaining) == (1, 100, 99)
    assert (usage.categories_used, usage.categories_limit) == (1, 3)
    assert usage.resets_at == datetime(2026, 6, 1, tzinfo=UTC)
    clock.advance(days=20)
    assert workspaces.usage(services, workspace).used == 0


def test_without_a_limit_nothing_remains_to_be_counted(services):
    usage = workspaces.usage(services, make_workspace(services, plan="UNLIMITED"))
    assert (usage.plan, usage.limit, usage.remaining) == (SHIPPED["UNLIMITED"], None, None)
