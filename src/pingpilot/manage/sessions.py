"""Sessions: where a user is signed in, seen and ended."""

from collections.abc import Sequence
from datetime import timedelta

from pingpilot.domain.errors import NotFound
from pingpilot.manage.audit import Actor
from pingpilot.manage.services import Services
from pingpilot.security.network import network_of
from pingpilot.store.models import Session, User

SEEN_EVERY = timedelta(minutes=1)
"""How often a session notes that it was seen."""
DEVICE_MAX_CHARS = 200


def list_all(services: Services, user: User) -> Sequence[Session]:
    """Return the living sessions of a user, the one seen last first."""
    return list(Session.objects.filter(user=user, expires_at__gt=services.now()).order_by("-seen_at", "-pk"))


def see(services: Services, digest: bytes, actor: Actor, device: str) -> None:
    """Note that a session is in use: now, from this network, on this device."""
    Session.objects.filter(digest=digest).update(
        seen_at=services.now(), network=network_of(actor.address), device=device[:DEVICE_MAX_CHARS]
    )


def end(user: User, session_id: int) -> None:
    """Sign a user out of one session; raise NotFound when it is not theirs, or over."""
    if not Session.objects.filter(user=user, pk=session_id).delete()[0]:
        raise NotFound("This session is over already")


def end_all(user: User, except_for: bytes | None = None) -> int:
    """Sign a user out everywhere, but for the session of this digest; return how many sessions ended."""
    rows = Session.objects.filter(user=user)
    return (rows.exclude(digest=except_for) if except_for else rows).delete()[0]
