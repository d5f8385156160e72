"""All services whose clients and webhooks find a door here."""

from collections.abc import Sequence

from pingpilot.doors import logsnag, ntfy
from pingpilot.doors.places import Places
from pingpilot.doors.service import Service

SERVICES: Sequence[Service] = (logsnag.SERVICE, ntfy.SERVICE)


def places() -> Places:
    """Return the addresses of all."""
    return Places(SERVICES, ntfy.SERVICE)
