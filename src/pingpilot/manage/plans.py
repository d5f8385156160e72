"""What a workspace may use: granted by the operator, or bought."""

from collections.abc import Mapping

from pingpilot.domain.errors import InvalidRequest, Issue
from pingpilot.domain.plan import Plan
from pingpilot.manage.audit import NOBODY, Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import Bought, Payer, Workspace
from pingpilot.store.plans import catalogue
from pingpilot.store.workspaces import changing


def chosen(code: str | None) -> Plan:
    """Return the plan of a code in any case, the default one without; raises InvalidRequest where there is none."""
    plans = catalogue()
    found = plans.plans.get((code or plans.default).upper())
    if found is None:
        rule = f'There is no plan "{code}". It must be one of {", ".join(plans.plans)}'
        raise InvalidRequest([Issue("invalid_enum_value", ("plan",), rule)])
    return found


def grant(services: Services, workspace_id: int, plan: str, actor: Actor) -> Workspace:
    """Grant a workspace a plan of the catalogue, at once, and return it as it is then.

    Whatever gives more counts: a plan that was bought and is above the granted one stays until it ends.
    Raises InvalidRequest and NotFound.
    """
    code = chosen(plan).code
    with changing(workspace_id) as workspace:
        before = workspace.plan
        is_payer = Payer.objects.filter(pk=workspace.pk).update(granted_plan=code)
        workspace.plan = _due(workspace) if is_payer else code
        workspace.save(update_fields=["plan"])
        record(services, workspace, actor, "plan.granted", workspace.pk, {"plan": code, "before": before})
    return workspace


def follow(services: Services, workspace: Workspace, detail: Mapping[str, object]) -> None:
    """Put a payer on what they bought, or were granted: whatever gives more. To be called within ``changing`` alone.

    ``detail`` is recorded beside the plans, should they differ.
    """
    before, workspace.plan = workspace.plan, _due(workspace)
    if workspace.plan != before:
        workspace.save(update_fields=["plan"])
        told = {"plan": workspace.plan, "before": before, **detail}
        record(services, workspace, NOBODY, "plan.followed", workspace.pk, told)


def _due(workspace: Workspace) -> str:
    bought = Bought.objects.filter(payer=workspace.pk).exclude(plan="").values_list("plan", flat=True)
    plans = catalogue()
    return plans.of(plans.most([Payer.objects.get(pk=workspace.pk).granted_plan, *bought])).code
