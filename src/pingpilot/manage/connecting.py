"""Adding a destination by signing in with its channel's provider, which tells us the address."""

import base64
from dataclasses import dataclass, field

from pingpilot.domain.channel import Connector
from pingpilot.domain.connecting import Connected, Exchange, NotConnected
from pingpilot.domain.errors import ChannelUnavailable
from pingpilot.manage import destinations
from pingpilot.manage.audit import Actor
from pingpilot.manage.channel_settings import spec_of
from pingpilot.manage.destinations import Added, Draft
from pingpilot.manage.services import Services
from pingpilot.store.models import Workspace

BACK_PATH = "/dashboard/channels/connect/{kind}/back"
CODE_MAX_CHARS = 512
STATE_BYTES = 32
STEPS_MAX = 4


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where an owner goes, and the state that must come back with them: keep it where nobody else sees it."""

    url: str = field(repr=False)
    state: str = field(repr=False)


def may_connect(services: Services, kind: str) -> bool:
    """Tell whether owners can sign in with a channel's provider here."""
    channel = services.channels.get(kind)
    return isinstance(channel, Connector) and channel.may_connect(services.operator.get(kind, {}))


def leave(services: Services, kind: str) -> Leaving:
    """Return where an owner agrees that the provider tells us who they are; raise ChannelUnavailable."""
    channel = _channel(services, kind)
    state = base64.urlsafe_b64encode(services.entropy(STATE_BYTES)).decode().rstrip("=")
    return Leaving(channel.connect(state, _back_url(services, kind), services.operator[kind]), state)


def add(services: Services, workspace: Workspace, kind: str, code: str, actor: Actor) -> Added:
    """Add the destination of whom a code came back with, and send it a message: its arrival is the rest of the proof.

    Waits for the provider; raises ChannelUnavailable with what to do. Not for use inside a transaction.
    """
    channel = _channel(services, kind)
    if not 0 < len(code) <= CODE_MAX_CHARS:
        raise ChannelUnavailable(f"{channel.SPEC.label} sent you back without a code. Try again")
    told = _told(services, channel.connected(code, _back_url(services, kind), services.operator[kind]))
    if isinstance(told, NotConnected):
        raise ChannelUnavailable(told.reason)
    draft = Draft(kind, told.settings, label=told.name, is_known=True)
    return destinations.add(services, workspace, draft, actor)


def _channel(services: Services, kind: str) -> Connector:
    spec, channel = spec_of(services, kind), services.channels[kind]
    if not isinstance(channel, Connector) or not channel.may_connect(services.operator.get(kind, {})):
        raise ChannelUnavailable(f"Nobody can sign in with {spec.label} here. Fill in the form")
    return channel


def _told(services: Services, exchange: Exchange) -> Connected | NotConnected:
    """Carry an exchange to its end."""
    try:
        call = next(exchange)
        for _ in range(STEPS_MAX):
            call = exchange.send(services.send(call))
    except StopIteration as end:
        told: Connected | NotConnected = end.value
        return told
    raise ChannelUnavailable("The provider was asked too often. Try again")


def _back_url(services: Services, kind: str) -> str:
    return services.public_url + BACK_PATH.format(kind=kind)
