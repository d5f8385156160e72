"""The plan: what is used of it, when it starts anew, what was bought, and what the others have."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pingpilot.console.plan_options import options
from pingpilot.console.present import page
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.domain.quota import Month, projected
from pingpilot.domain.role import Action
from pingpilot.manage import payments, workspaces
from pingpilot.manage.payments import Standing
from pingpilot.store.plans import catalogue


@for_members(Action.LOOK)
@require_safe
def upgrade(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the plan beside those that are sold."""
    usage = workspaces.usage(viewer.services, viewer.workspace)
    standing = payments.standing(viewer.workspace)
    now = viewer.services.now()
    forecast = projected(usage.used, Month.of(now), now)
    context = {
        "active": "upgrade",
        "plan": usage.plan,
        "usage": usage,
        "projected": forecast,
        "is_enough": forecast is None or usage.limit is None or forecast <= usage.limit,
        "options": options(viewer, standing),
        "standing": standing,
        "bought_plan": catalogue().of(standing.bought.price_plan).label if standing.bought else "",
        "granted": _granted(standing),
        "sells": viewer.services.payments is not None,
        "contact": viewer.services.contact,
    }
    return page(request, viewer, "console/upgrade.html", context)


def _granted(standing: Standing) -> str:
    """Return what people call the granted plan, where it gives more than what is bought."""
    if standing.bought is None or standing.granted_plan is None:
        return ""
    both = [standing.bought.price_plan or standing.granted_plan, standing.granted_plan]
    is_more = catalogue().most(both) == standing.granted_plan != both[0]
    return catalogue().of(standing.granted_plan).label if is_more else ""
