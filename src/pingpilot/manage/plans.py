"""What a workspace may use: granted by the operator."""

from pingpilot.domain.plan import CATALOGUE
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.store.models import Workspace
from pingpilot.store.workspaces import changing


def grant(services: Services, workspace_id: int, plan: str, actor: Actor) -> Workspace:
    """Put a workspace on a plan of the catalogue, at once, and record from which; raise NotFound."""
    code = CATALOGUE[plan].code
    with changing(workspace_id) as workspace:
        before, workspace.plan = workspace.plan, code
        workspace.save(update_fields=["plan"])
        record(services, workspace, actor, "plan.granted", workspace.pk, {"plan": code, "before": before})
    return workspace
