"""GET /api/v1/quota."""

from django.http import HttpResponse
from ninja import Router

from pingpilot.api.answers import say, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.shapes import Shown
from pingpilot.manage import workspaces

router = Router(tags=["Quota"])


class Quota(Shown):
    """What is used of the plan this month; a limit is null where there is none."""

    plan: str
    categories_used: int
    categories_limit: int | None
    events_used: int
    events_limit: int | None
    reset_date: str


@router.get("/quota", auth=Bearer(), response=Quota, by_alias=True)
def show_quota(request: Call) -> HttpResponse:
    """Show what is used of the plan this month. Any living key may ask."""
    caller = request.auth
    usage = workspaces.usage(caller.services, caller.workspace)
    return say(
        {
            "plan": usage.plan.code,
            "categoriesUsed": usage.categories_used,
            "categoriesLimit": usage.categories_limit,
            "eventsUsed": usage.used,
            "eventsLimit": usage.limit,
            "resetDate": time(usage.resets_at),
        }
    )
