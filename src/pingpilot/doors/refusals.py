"""Refusals in the shape that a service's clients expect."""

from collections.abc import Sequence

import msgspec

from pingpilot.domain.errors import PingPilotError, UnknownCategory
from pingpilot.doors.service import Service
from pingpilot.ingest.answers import Answer, Header, answered, refused

HINT = "Make this category, or name another one: ?category=<name> at the end of the address"
"""Beside the refusal of an unknown category."""

_encode = msgspec.json.encode


def refused_as(service: Service, error: PingPilotError, headers: Sequence[Header] = ()) -> Answer:
    """Refuse as a service does: in its shape and by its status, with our code beside it."""
    hints = {"hint": HINT} if isinstance(error, UnknownCategory) else {}
    plain = refused(error, headers, **hints)
    if service.refused is None:
        return plain
    status, members = service.refused(error, plain.status)
    kept = [pair for pair in plain.headers if pair[0] in {b"retry-after", b"www-authenticate"}]
    return answered(status, _encode({**members, "code": members.get("code", error.code), **hints}), kept)
