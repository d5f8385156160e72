"""What a workspace may use, by the catalogue of this instance."""

from datetime import timedelta

import pytest
from django.test import override_settings

from pingpilot.domain.errors import CategoryLimitReached, ConfigurationError, InvalidRequest
from pingpilot.domain.ids import WorkspaceId
from pingpilot.domain.plan import UNLIMITED, Catalogue, Plan
from pingpilot.manage import categories, plans, workspaces
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.categories import Draft
from pingpilot.store.access import pictures_of
from pingpilot.store.models import Event, Workspace
from pingpilot.store.plans import packed, unpacked
from pingpilot.wiring.catalogue import refuse_missing_plans
from tests.unit.manage.sample import make_services, make_workspace, report

OURS = Catalogue(
    {"TINY": Plan("TINY", 2, 1, timedelta(days=3)), "BIG": Plan("BIG", None, 3, None), "UNLIMITED": UNLIMITED}, "TINY"
)


@pytest.fixture
def services(db, clock, pipeline):
    with override_settings(PINGPILOT_PLANS=OURS):
        yield make_services(clock, pipeline)


def test_the_catalogue_says_what_a_workspace_may_use(services):
    workspace = make_workspace(services)
    usage = workspaces.usage(services, workspace)
    assert (usage.plan.code, usage.limit, usage.categories_limit) == ("TINY", 2, 1)
    category = categories.create(services, workspace, Draft("sale", "#112233"))
    with pytest.raises(CategoryLimitReached):
        categories.create(services, workspace, Draft("bug", "#112233"))
    for _ in range(3):
        report(services, category)
    assert workspaces.usage(services, workspace).used == 2
    assert Event.objects.filter(workspace=workspace).count() == 2


def test_a_plan_with_more_categories_takes_effect_at_once_and_one_with_fewer_keeps_what_there_is(services):
    workspace = make_workspace(services, plan="big")
    made = [categories.create(services, workspace, Draft(name, "#112233")) for name in ("a", "b", "c")]
    plans.grant(services, workspace.pk, "tiny", NOBODY)
    workspace.refresh_from_db()
    assert [categories.find(workspace, one.name).pk for one in made] == [one.pk for one in made]
    categories.update(services, workspace, "a", Draft("a2", "#445566"))
    report(services, made[2])
    assert workspaces.usage(services, workspace).used == 1
    with pytest.raises(CategoryLimitReached):
        categories.create(services, workspace, Draft("d", "#112233"))
    categories.delete(services, workspace, "a2", keep_events=True)
    with pytest.raises(CategoryLimitReached):
        categories.create(services, workspace, Draft("d", "#112233"))


@pytest.mark.parametrize("code", ["GOLD", "FREE", "?"])
def test_a_plan_that_is_not_in_the_catalogue_is_refused(services, code):
    workspace = make_workspace(services)
    with pytest.raises(InvalidRequest, match=r"There is no plan .*must be one of TINY, BIG, UNLIMITED"):
        plans.grant(services, workspace.pk, code, NOBODY)
    with pytest.raises(InvalidRequest):
        make_workspace(services, "eve@example.com", plan=code)


def test_an_instance_does_not_start_without_the_plans_that_workspaces_are_on(services):
    refuse_missing_plans()
    workspace = make_workspace(services)
    Workspace.objects.filter(pk=workspace.pk).update(plan="GOLD")
    with pytest.raises(ConfigurationError, match=r"PINGPILOT_PLANS does not name GOLD \(1 workspace\)\."):
        refuse_missing_plans()
    picture = pictures_of([WorkspaceId(workspace.pk)], services.now()).get(WorkspaceId(workspace.pk))
    assert picture is not None
    assert picture.plan == OURS.plans["TINY"]
    Workspace.objects.filter(pk=workspace.pk).update(deleted_at=services.now())
    refuse_missing_plans()


def test_the_writer_is_told_the_same_plans():
    assert unpacked(packed(OURS)) == OURS
    assert unpacked(packed(Catalogue())) == Catalogue()
