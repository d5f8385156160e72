"""What a workspace may use: granted by the operator."""

from pingpilot.domain.errors import InvalidRequest, Issue
from pingpilot.domain.plan import Plan
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import Workspace
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
    """Put a workspace on a plan of the catalogue, at once, and record from which.

    Raises InvalidRequest and NotFound.
    """
    code = chosen(plan).code
    with changing(workspace_id) as workspace:
        before, workspace.plan = workspace.plan, code
        workspace.save(update_fields=["plan"])
        record(services, workspace, actor, "plan.granted", workspace.pk, {"plan": code, "before": before})
    return workspace
