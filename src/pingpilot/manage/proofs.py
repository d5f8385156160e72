"""How an owner shows that an address is theirs: a test message, a link by mail, a code through the provider."""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from pingpilot.domain.channel import ChannelSpec, Linker, Proof
from pingpilot.domain.errors import ChannelUnavailable, InvalidProof, NotFound
from pingpilot.domain.event import Purpose
from pingpilot.domain.ids import EventId
from pingpilot.manage import events
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.channel_settings import spec_of
from pingpilot.manage.services import Services
from pingpilot.store.models import Destination
from pingpilot.store.workspaces import changing

MAIL_VALID_FOR = timedelta(hours=24)
LINK_VALID_FOR = timedelta(minutes=10)
MAIL_AGAIN_AFTER = timedelta(minutes=1)
"""A stranger's mailbox must not be filled by asking for link after link."""
CODE_BYTES = 32
CONFIRM_PATH = "/dashboard/channels/confirm/"

_ASKED = "Someone asked PingPilot to send events to this address. If that was you, open the link"
MAIL_TEXTS = {
    Proof.MAIL: f"{_ASKED} in the title within 24 hours. If not, do nothing: no more mail will come.",
    Proof.MESSAGE: f"{_ASKED} of this message within 24 hours. If not, do nothing: no more messages will come.",
}
TEST_TEXT = "This message proves that the channel works. It is now linked."


@dataclass(frozen=True, slots=True)
class Begun:
    """A proof on its way: ``event`` carries a test message or a mail; ``link`` is to be opened by the owner."""

    event: EventId | None = None
    link: str = field(default="", repr=False)


def begin(services: Services, destination: Destination, *, is_known: bool = False) -> Begun:
    """Start to prove a destination, or start anew; an earlier link or code is void then.

    ``is_known``: whose the address is needs no proof any more; a message that arrives is enough.
    Raises InvalidProof when the last mail was sent less than a minute ago, ChannelUnavailable without a bot. Not for
    use inside a transaction.
    """
    spec = services.channels[destination.kind].SPEC
    if is_known:
        return Begun(event=_send(services, destination, TEST_TEXT))
    match spec.proof:
        case Proof.TEST:
            return Begun(event=_send(services, destination, TEST_TEXT))
        case Proof.MAIL | Proof.MESSAGE:
            return _begin_mail(services, spec, destination)
        case Proof.LINK:
            return _begin_link(services, spec, destination)


def confirm(services: Services, token: str, actor: Actor) -> Destination:
    """Verify the destination whose mail held this token; once. Raises InvalidProof."""
    digest = hashlib.sha256(token.encode()).digest()
    waiting = Destination.objects.filter(
        proof_digest=digest, proof_expires_at__gt=services.now(), removed_at=None
    ).first()
    if waiting is None or services.channels[waiting.kind].SPEC.proof not in MAIL_TEXTS:
        raise InvalidProof
    with changing(waiting.workspace_id) as workspace:
        rows = Destination.objects.filter(pk=waiting.pk, proof_digest=digest, removed_at=None)
        if not rows.update(verified_at=services.now(), proof_digest=None, proof_expires_at=None):
            raise InvalidProof
        record(services, workspace, actor, "destination.verified", waiting.pk)
    waiting.refresh_from_db()
    return waiting


def _begin_mail(services: Services, spec: ChannelSpec, destination: Destination) -> Begun:
    now = services.now()
    too_early = destination.proof_expires_at and now < destination.proof_expires_at - MAIL_VALID_FOR + MAIL_AGAIN_AFTER
    if too_early:
        raise InvalidProof("A link was sent a moment ago. Look in the spam folder too, or ask again in a minute")
    token = _make_code(services, destination, MAIL_VALID_FOR)
    url = f"{services.public_url}{CONFIRM_PATH}{token}"
    return Begun(event=_send(services, destination, MAIL_TEXTS[spec.proof], url))


def _begin_link(services: Services, spec: ChannelSpec, destination: Destination) -> Begun:
    spec_of(services, spec.kind)
    channel = services.channels[spec.kind]
    if not isinstance(channel, Linker):
        raise ChannelUnavailable(f"{spec.label} cannot be linked: it has no way to hear of the code")
    username = services.operator[spec.kind][spec.name_field].lstrip("@")
    return Begun(link=channel.link(username, _make_code(services, destination, LINK_VALID_FOR)))


def _make_code(services: Services, destination: Destination, valid_for: timedelta) -> str:
    """Make a code of 43 characters and keep its digest; nothing that accepting events rests on, so no new revision."""
    code = base64.urlsafe_b64encode(services.entropy(CODE_BYTES)).decode().rstrip("=")
    destination.proof_digest = hashlib.sha256(code.encode()).digest()
    destination.proof_expires_at = services.now() + valid_for
    rows = Destination.objects.filter(pk=destination.pk, removed_at=None)
    if not rows.update(proof_digest=destination.proof_digest, proof_expires_at=destination.proof_expires_at):
        raise NotFound("This destination was removed")
    return code


def _send(services: Services, destination: Destination, text: str, url: str | None = None) -> EventId:
    """Send the proving message; a success of it verifies the destination, unless it holds a link that does."""
    routes = events.routes_to([destination])
    event = events.own_event(text, url)
    return events.send(services, destination.workspace, event, routes, Purpose.PROOF, proves=url is None)
