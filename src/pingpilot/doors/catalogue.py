"""All services whose clients and webhooks find a door here."""

from collections.abc import Sequence

from pingpilot.doors import (
    alertmanager,
    apprise,
    github,
    gotify,
    grafana,
    logsnag,
    ntfy,
    pushover,
    sentry,
    stripe,
    uptime_kuma,
)
from pingpilot.doors.places import Places
from pingpilot.doors.service import Service

SERVICES: Sequence[Service] = (
    logsnag.SERVICE,
    ntfy.SERVICE,
    gotify.SERVICE,
    pushover.SERVICE,
    apprise.SERVICE,
    github.SERVICE,
    stripe.SERVICE,
    sentry.SERVICE,
    alertmanager.SERVICE,
    grafana.SERVICE,
    uptime_kuma.SERVICE,
)


def places() -> Places:
    """Return the addresses of all."""
    return Places(SERVICES, ntfy.SERVICE)
