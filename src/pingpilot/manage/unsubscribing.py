"""Whoever gets the messages of a destination stops them, by the link that each of them carries.

The link opens without signing in: the one who follows it holds the mailbox, and need have no account here. The owner
is told as of any destination that was switched off, and has to prove the address anew to switch it on.
"""

from urllib.parse import urlsplit

from pingpilot.domain.errors import NotFound, SealBroken
from pingpilot.domain.ids import DestinationId
from pingpilot.manage.audit import Actor, record
from pingpilot.manage.services import Services
from pingpilot.security.links import opened, token_of
from pingpilot.security.network import is_loopback
from pingpilot.store.destinations import BY_RECIPIENT, UNTROUBLED
from pingpilot.store.models import Destination
from pingpilot.store.workspaces import changing

PATH = "/unsubscribe/"
NOT_A_LINK = (
    "This link is not one of ours, or not all of it was copied. Open the newest message and follow the link there"
)
_CONTEXT = "unsubscribing"


def link_of(services: Services, destination: DestinationId) -> str:
    """Return the link; empty where only this machine could follow it."""
    if is_loopback(urlsplit(services.public_url).hostname or ""):
        return ""
    return f"{services.public_url}{PATH}{token_of(services.box, str(destination).encode(), _CONTEXT)}"


def read(services: Services, token: str) -> Destination:
    """Return the destination of a link, which may have been removed meanwhile; raise NotFound for what is none."""
    try:
        number = int(opened(services.box, token, _CONTEXT))
    except SealBroken as error:
        raise NotFound(NOT_A_LINK) from error
    found = Destination.objects.filter(pk=number).first()
    if found is None:
        raise NotFound("What this link was about has been deleted, so no more messages will come")
    return found


def is_over(destination: Destination) -> bool:
    """Tell whether it is unsubscribed, or removed, already."""
    return destination.removed_at is not None or destination.disabled_reason == BY_RECIPIENT


def unsubscribe(services: Services, destination: Destination, actor: Actor) -> None:
    """Switch a destination off for its recipient, and have its owner told; once."""
    now = services.now()
    with changing(destination.workspace_id) as workspace:
        rows = Destination.objects.filter(pk=destination.pk, removed_at=None).exclude(disabled_reason=BY_RECIPIENT)
        alive = rows.filter(disabled_at=None).update(
            **{**UNTROUBLED, "disabled_at": now, "disabled_reason": BY_RECIPIENT, "gone_at": now}
        )
        # one that is off already stays so, and its owner can no longer switch it on alone
        if alive or rows.update(disabled_reason=BY_RECIPIENT):
            record(services, workspace, actor, "destination.unsubscribed", destination.pk, {"kind": destination.kind})
    destination.refresh_from_db()
