"""Services that report by themselves: GET /api/v1/services, PUT and DELETE /api/v1/services/{service}/secret."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from pingpilot.api.answers import optional_time, say, say_nothing
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.issues import Text
from pingpilot.api.shapes import Body, Shown
from pingpilot.domain.door import DoorSpec
from pingpilot.manage import door_secrets
from pingpilot.manage.door_secrets import SECRET_MAX_CHARS
from pingpilot.store.models import DoorSecret

router = Router(tags=["Services"])


class ServiceSecret(Body):
    """The secret that a service signs its calls with."""

    secret: Annotated[Text, Field(min_length=1, max_length=SECRET_MAX_CHARS, description="It is sealed, never shown.")]


class ServiceShown(Shown):
    """A service whose clients or webhooks may report here."""

    service: str
    label: str
    address: str = Field(description="What to enter there; the key takes the place of `YOUR_API_KEY`.")
    signs_with: str | None = Field(description="What the service calls the secret that it signs with; null: nothing.")
    secret_set_at: str | None = Field(description="Since when only signed calls are taken; null: all are.")


class ServiceList(Shown):
    """Every service."""

    services: list[ServiceShown]


@router.get("/services", auth=Bearer("manage"), response=ServiceList, by_alias=True)
def list_services(request: Call) -> HttpResponse:
    """List the services whose clients and webhooks may report here, and whether their calls have to be signed."""
    caller = request.auth
    shared = door_secrets.services_with_secret(caller.workspace)
    url = caller.services.public_url
    return say({"services": [_shown(door, url, shared.get(door.name)) for door in caller.services.doors]})


@router.put("/services/{service}/secret", auth=Bearer("manage"), response=ServiceShown, by_alias=True)
def set_service_secret(request: Call, service: str, body: ServiceSecret) -> HttpResponse:
    """Take a service's calls from now on only when they are signed by this secret."""
    caller = request.auth
    door = door_secrets.signing_door_of(caller.services, service)
    door_secrets.share(caller.services, caller.workspace, door.name, body.secret, caller.actor)
    shared = door_secrets.services_with_secret(caller.workspace)
    return say(_shown(door, caller.services.public_url, shared.get(door.name)))


@router.delete("/services/{service}/secret", auth=Bearer("manage"), response={204: None})
def remove_service_secret(request: Call, service: str) -> HttpResponse:
    """Take a service's calls without a signature again."""
    caller = request.auth
    door = door_secrets.signing_door_of(caller.services, service)
    door_secrets.give_up(caller.services, caller.workspace, door.name, caller.actor)
    return say_nothing()


def _shown(door: DoorSpec, public_url: str, shared: DoorSecret | None) -> dict[str, object]:
    return {
        "service": door.name,
        "label": door.label,
        "address": door.address(public_url),
        "signsWith": door.secret_text or None,
        "secretSetAt": optional_time(shared.created_at if shared else None),
    }
