"""Destinations: GET, POST, PATCH and DELETE /api/v1/destinations, their tests and proofs."""

from typing import Literal

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from pingpilot.api.answers import optional_time, say, say_nothing, time
from pingpilot.api.caller import Bearer, Call
from pingpilot.api.ids import number_of
from pingpilot.api.issues import Text
from pingpilot.api.shapes import Body, Shown
from pingpilot.domain.errors import ChannelUnavailable
from pingpilot.domain.rotation import OVERLAPS
from pingpilot.manage import destinations, proofs, rotation
from pingpilot.manage.destinations import Draft
from pingpilot.store.models import Destination

router = Router(tags=["Destinations"])
_MANAGE = Bearer("manage")


class NewDestination(Body):
    """A destination to be added: a channel, and the settings that it asks for (see the channels' reference)."""

    channel: Text = Field(max_length=32)
    label: Text = Field("", max_length=destinations.LABEL_MAX_CHARS)
    settings: dict[str, Text] = Field(default={}, max_length=50)


class ChangedDestination(Body):
    """What to change of a destination; what is left out stays."""

    label: Text = Field("", max_length=destinations.LABEL_MAX_CHARS)
    is_enabled: bool = True


class DestinationShown(Shown):
    """One configured address on a channel. Its settings are never shown."""

    id: str
    channel: str
    label: str
    address: str = Field(description="What may be shown of its settings.")
    status: Literal["active", "unverified", "disabled"]
    disabled_reason: str
    verified_at: str | None
    last_success_at: str | None
    last_error_at: str | None
    last_error: str
    created_at: str


class DestinationList(Shown):
    """Every destination, in the order of their making."""

    destinations: list[DestinationShown]


class ProofShown(Shown):
    """How the address is being proved: by an event on its way to it, or by a link that its owner opens."""

    event_id: str | None
    link: str | None


class DestinationMade(DestinationShown):
    """A new destination. ``secrets`` are those that were made for it: they are shown this once."""

    secrets: dict[str, str]
    proof: ProofShown


class Rotation(Body):
    """How long the old secret goes on signing beside the new one."""

    overlap: Literal["none", "1h", "24h", "7d"] = "24h"


class SecretMade(Shown):
    """The new signing secret, shown this once, and until when the old one signs, too."""

    secret: str
    old_secret_until: str | None


class TestSent(Shown):
    """The event that was sent; its receipt tells what became of it."""

    event_id: str


@router.get("/destinations", auth=_MANAGE, response=DestinationList, by_alias=True)
def list_destinations(request: Call) -> HttpResponse:
    """List the destinations."""
    return say({"destinations": [_shown(one) for one in destinations.list_all(request.auth.workspace)]})


@router.post("/destinations", auth=_MANAGE, response={201: DestinationMade}, by_alias=True)
def add_destination(request: Call, body: NewDestination) -> HttpResponse:
    """Add a destination and begin to prove it."""
    caller = request.auth
    draft = Draft(body.channel, body.settings, body.label)
    added = destinations.add(caller.services, caller.workspace, draft, caller.actor)
    return say({**_shown(added.destination), "secrets": dict(added.made), "proof": _proof(added.begun)}, 201)


@router.get("/destinations/{destination_id}", auth=_MANAGE, response=DestinationShown, by_alias=True)
def show_destination(request: Call, destination_id: str) -> HttpResponse:
    """Show one destination."""
    return say(_shown(_find(request, destination_id)))


@router.patch("/destinations/{destination_id}", auth=_MANAGE, response=DestinationShown, by_alias=True)
def change_destination(request: Call, destination_id: str, body: ChangedDestination) -> HttpResponse:
    """Rename a destination, switch it off or on; members left out stay as they are."""
    caller, destination = request.auth, _find(request, destination_id)
    given = body.model_fields_set
    if "label" in given:
        destinations.rename(caller.services, destination, body.label, caller.actor)
    if "is_enabled" in given and body.is_enabled != (destination.disabled_at is None):
        switch = destinations.enable if body.is_enabled else destinations.disable
        switch(caller.services, destination, caller.actor)
    return say(_shown(destination))


@router.delete("/destinations/{destination_id}", auth=_MANAGE, response={204: None})
def remove_destination(request: Call, destination_id: str) -> HttpResponse:
    """Remove a destination: its settings are wiped, and what was on its way to it ends."""
    caller = request.auth
    destinations.remove(caller.services, _find(request, destination_id), caller.actor)
    return say_nothing()


@router.post("/destinations/{destination_id}/test", auth=_MANAGE, response=TestSent, by_alias=True)
def test_destination(request: Call, destination_id: str) -> HttpResponse:
    """Send a message to this destination alone. Costs no quota."""
    return say({"eventId": destinations.test(request.auth.services, _find(request, destination_id))})


@router.post("/destinations/{destination_id}/verify", auth=_MANAGE, response=ProofShown, by_alias=True)
def verify_destination(request: Call, destination_id: str) -> HttpResponse:
    """Begin anew to prove a destination; an earlier link is void then. A verified one is left as it is."""
    destination = _find(request, destination_id)
    if destination.disabled_at is not None:
        raise ChannelUnavailable("This destination is switched off. Switch it on first")
    begun = proofs.Begun() if destination.verified_at else proofs.begin(request.auth.services, destination)
    return say(_proof(begun))


@router.post("/destinations/{destination_id}/rotate", auth=_MANAGE, response=SecretMade, by_alias=True)
def rotate_secret(request: Call, destination_id: str, body: Rotation | None = None) -> HttpResponse:
    """Replace a webhook's signing secret by a new one, and show it this once; meanwhile both sign."""
    caller, destination = request.auth, _find(request, destination_id)
    overlap = OVERLAPS[(body or Rotation()).overlap]
    secret = rotation.rotate(caller.services, destination, overlap, caller.actor)
    until = caller.services.now() + overlap if overlap else None
    return say({"secret": secret, "oldSecretUntil": optional_time(until)})


def _find(request: Call, destination_id: str) -> Destination:
    return destinations.find(request.auth.workspace, number_of(destination_id))


def _proof(begun: proofs.Begun) -> dict[str, object]:
    return {"eventId": begun.event, "link": begun.link or None}


def _status(destination: Destination) -> str:
    if destination.disabled_at is not None:
        return "disabled"
    return "unverified" if destination.verified_at is None else "active"


def _shown(destination: Destination) -> dict[str, object]:
    return {
        "id": str(destination.pk),
        "channel": destination.kind,
        "label": destination.label,
        "address": destination.address,
        "status": _status(destination),
        "disabledReason": destination.disabled_reason,
        "verifiedAt": optional_time(destination.verified_at),
        "lastSuccessAt": optional_time(destination.last_success_at),
        "lastErrorAt": optional_time(destination.last_error_at),
        "lastError": destination.last_error,
        "createdAt": time(destination.created_at),
    }
