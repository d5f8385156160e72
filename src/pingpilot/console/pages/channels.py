"""The workspace's destinations: what is there, how it does, and what is on offer."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pingpilot.console.live import Region, drawn, refreshed
from pingpilot.console.outcomes import test_region
from pingpilot.console.present import page
from pingpilot.console.troubles import troubles_context
from pingpilot.console.viewer import Viewer, for_members
from pingpilot.console.words import Word
from pingpilot.domain.channel import ChannelSpec, Proof
from pingpilot.domain.errors import SealBroken
from pingpilot.domain.role import Action
from pingpilot.manage import channel_settings, destinations, rotation
from pingpilot.store.destinations import BY_RECIPIENT
from pingpilot.store.models import Destination

_WAITS = {
    Proof.TEST: "Waiting for the test message to arrive.",
    Proof.MAIL: "Waiting for the link in the mail to be opened.",
    Proof.MESSAGE: "Waiting for the link in the message to be opened.",
    Proof.LINK: "Waiting for the one-time link to be opened.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A destination as the pages show it. ``spec`` is None for a channel that this instance lost."""

    destination: Destination
    spec: ChannelSpec | None
    title: str
    address: str
    word: Word
    waits: str

    @property
    def is_unsubscribed(self) -> bool:
        """Whether its recipient wants no more messages."""
        return self.destination.disabled_reason == BY_RECIPIENT


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret as its page speaks of it: its name, until when a replaced one signs too, what is wrong."""

    label: str
    old_until: datetime | None
    trouble: str = ""


@for_members(Action.LOOK)
@require_safe
def channels(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """List the destinations, and the channels on offer."""
    offers = channel_settings.offers(viewer.services)
    context = {
        "active": "channels",
        "list_live": drawn(request, viewer, _list_region(viewer)),
        "offers": offers,
        "missing": [offer for offer in offers if not offer.is_available],
    }
    return page(request, viewer, "console/channels.html", context)


@for_members(Action.LOOK)
@require_safe
def channels_live(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Answer with what has changed in the list."""
    return refreshed(request, viewer, _list_region(viewer))


@for_members(Action.LOOK)
@require_safe
def channel(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Show one destination; ``test`` is the event whose result to show."""
    return channel_page(request, viewer, destinations.find(viewer.workspace, number))


@for_members(Action.LOOK)
@require_safe
def channel_live(request: HttpRequest, viewer: Viewer, number: int) -> HttpResponse:
    """Answer with what has changed of one destination."""
    return refreshed(request, viewer, _one_region(viewer, destinations.find(viewer.workspace, number)))


def channel_page(request: HttpRequest, viewer: Viewer, destination: Destination, **once: object) -> HttpResponse:
    """Return a destination's page; ``once`` is what is shown this one time: ``made`` secrets, a ``link`` to open."""
    tested = request.GET.get("test", "")
    context = {
        "active": "channels",
        "shown": _shown(viewer, destination),
        "status_live": drawn(request, viewer, _one_region(viewer, destination)),
        "tested": drawn(request, viewer, test_region(viewer, tested)) if tested else "",
        "secret": _secret(viewer, destination),
        **once,
    }
    return page(request, viewer, "console/channel.html", context)


def _secret(viewer: Viewer, destination: Destination) -> Secret | None:
    field = rotation.rotating_field(viewer.services, destination)
    if field is None:
        return None
    try:
        return Secret(field.label, rotation.old_until(viewer.services, destination))
    except SealBroken as error:
        return Secret(field.label, None, error.message)


def _list_region(viewer: Viewer) -> Region:
    shown = [_shown(viewer, destination) for destination in destinations.list_all(viewer.workspace)]
    context = {"shown": shown, **troubles_context(viewer)}
    return Region("channel-list", "console/parts/channel_list.html", reverse("channels-live"), context)


def _one_region(viewer: Viewer, destination: Destination) -> Region:
    url = reverse("channel-live", args=[destination.pk])
    context = {"shown": _shown(viewer, destination)}
    return Region("channel-status", "console/parts/channel_status.html", url, context)


def _shown(viewer: Viewer, destination: Destination) -> Shown:
    channel = viewer.services.channels.get(destination.kind)
    spec = channel.SPEC if channel else None
    proof = spec.proof if spec and destination.verified_at is None else None
    return Shown(
        destination=destination,
        spec=spec,
        title=destination.label or (spec.label if spec else destination.kind),
        address="" if proof is Proof.LINK else destination.address,
        word=_word(destination),
        waits=_WAITS[proof] if proof else "",
    )


def _word(destination: Destination) -> Word:
    if destination.disabled_at is not None:
        return Word("Off", "bad" if destination.gone_at else "plain")
    if destination.verified_at is None:
        return Word("Not verified", "warn")
    if destination.broken_at is not None:
        return Word("Refused", "bad")
    failed, succeeded = destination.last_error_at, destination.last_success_at
    if failed is not None and (succeeded is None or failed > succeeded):
        return Word("Failing", "bad")
    return Word("Active", "good")
