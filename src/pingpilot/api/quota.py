"""GET and PATCH /api/v1/quota."""

from typing import Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from pingpilot.api.answers import say, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.shapes import Body, Shown
from pingpilot.domain.quota import OverLimit
from pingpilot.manage import workspaces
from pingpilot.manage.workspaces import Usage

router = Router(tags=["Quota"])


class Quota(Shown):
    """What is used of the plan this month; a limit is null where there is none.

    The last two members are left out unless events beyond the limit wait, or would.
    """

    plan: str
    categories_used: int
    categories_limit: int | None
    events_used: int
    events_limit: int | None
    reset_date: str
    over_limit: Literal["reject", "hold"] = Field("reject", description="What becomes of events beyond the limit.")
    events_held: int = Field(0, description="Events that wait for quota.")


class QuotaChoice(Body):
    """What becomes of events beyond the limit."""

    over_limit: Literal["reject", "hold"] = Field(
        description="`reject`: they are refused with 429. `hold`: they are stored and shown at once, and sent when "
        "the quota allows them."
    )


@router.get("/quota", auth=Bearer(), response=Quota, by_alias=True)
def show_quota(request: Call) -> HttpResponse:
    """Show what is used of the plan this month. Any living key may ask."""
    caller = request.auth
    return say(_shown(workspaces.usage(caller.services, caller.workspace)))


@router.patch("/quota", auth=Bearer("manage"), response=Quota, by_alias=True)
def change_quota(request: Call, body: QuotaChoice) -> HttpResponse:
    """Choose what becomes of events beyond the plan's number, from the next one on."""
    caller = request.auth
    workspace = workspaces.choose_over_limit(
        caller.services, caller.workspace, OverLimit(body.over_limit), caller.actor
    )
    return say(_shown(workspaces.usage(caller.services, workspace)))


def _shown(usage: Usage) -> dict[str, object]:
    shown = {
        "plan": usage.plan.code,
        "categoriesUsed": usage.categories_used,
        "categoriesLimit": usage.categories_limit,
        "eventsUsed": usage.used,
        "eventsLimit": usage.limit,
        "resetDate": time(usage.resets_at),
    }
    if usage.over_limit is OverLimit.HOLD or usage.held:
        shown |= {"overLimit": usage.over_limit, "eventsHeld": usage.held}
    return shown
