"""POST /api/v1/deliveries/replay."""

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from pingpilot.api.answers import say
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.ids import optional_number_of
from pingpilot.api.issues import Instant, Text
from pingpilot.api.shapes import Body, Shown
from pingpilot.manage import replays

router = Router(tags=["Deliveries"])


class DeadWanted(Body):
    """What to send again: all that has died since a time, on its way to one destination or to any."""

    since: Instant
    destination_id: Text | None = None


class DeadShown(Shown):
    """How many deliveries are on their way again; ask once more while ``hasMore``."""

    replayed: int
    has_more: bool = Field(description="One call sends at most 1,000 deliveries again, the longest dead first.")


@router.post("/deliveries/replay", auth=Bearer("manage"), response=DeadShown, by_alias=True)
def replay_dead(request: Call, body: DeadWanted) -> HttpResponse:
    """Send again everything that has died since a time, on a fresh schedule. Costs no quota."""
    caller = request.auth
    count, has_more = replays.dead(
        caller.services, caller.workspace, body.since, optional_number_of(body.destination_id), caller.actor
    )
    return say({"replayed": count, "hasMore": has_more})
