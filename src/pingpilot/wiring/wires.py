"""The wires of a process that sends: plugged together on the instance's settings."""

from collections.abc import Callable
from datetime import datetime

from pingpilot.config import world
from pingpilot.deliver.wires.apprise import AppriseWire
from pingpilot.deliver.wires.http import HttpWire
from pingpilot.deliver.wires.push import PushWire
from pingpilot.deliver.wires.smtp import SmtpWire
from pingpilot.deliver.wires.switchboard import Switchboard
from pingpilot.wiring.instance import Instance

FOR_CHILDREN = frozenset({"PATH", "PYTHONPATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "REQUESTS_CA_BUNDLE"})
"""What the processes that run another's library learn of our environment: how to start, and no secret."""


def wires_of(instance: Instance, now: Callable[[], datetime]) -> Switchboard:
    """Return all wires."""
    settings = instance.settings
    smtp_url = settings.smtp_url.reveal() if settings.smtp_url else None
    http = HttpWire(allow_private=settings.allow_private_destinations)
    push = PushWire(http, instance.vapid, now, world.entropy)
    apprise = AppriseWire({name: value for name, value in world.environment().items() if name in FOR_CHILDREN})
    return Switchboard(http, SmtpWire(smtp_url, settings.smtp_from), push, apprise)
