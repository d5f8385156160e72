"""Refusals in the shape that a service's clients expect."""

from collections.abc import Sequence

import msgspec

from pingpilot.domain.errors import MethodNotAllowed, PingPilotError, UnknownCaller, UnknownCategory
from pingpilot.doors.service import Service
from pingpilot.ingest.answers import Answer, Header, answered, refused

HINT = "Make this category, or name another one: ?category=<name> at the end of the address"
"""Beside the refusal of an unknown category."""
UNSIGNED_HINT = "The secret that {label} signs with must be the one under Connect a service: enter it there anew"
"""Beside the refusal of a call that is not signed by the secret we know."""

_encode = msgspec.json.encode


def refused_as(service: Service, error: PingPilotError, headers: Sequence[Header] = ()) -> Answer:
    """Refuse as a service does: in its shape and by its status, with our code beside it."""
    hints = _hints(service, error)
    allowed = [(b"allow", ", ".join(service.methods).encode())] if isinstance(error, MethodNotAllowed) else []
    plain = refused(error, [*headers, *allowed], **hints)
    if service.refused is None:
        return plain
    status, members = service.refused(error, plain.status)
    kept = [pair for pair in plain.headers if pair[0] in {b"allow", b"retry-after", b"www-authenticate"}]
    return answered(status, _encode({**members, "code": members.get("code", error.code), **hints}), kept)


def _hints(service: Service, error: PingPilotError) -> dict[str, str]:
    """Return what to do about a refusal, where its sentence does not say so."""
    match error:
        case UnknownCategory():
            return {"hint": HINT}
        case UnknownCaller():
            return {"hint": UNSIGNED_HINT.format(label=service.label)}
        case _:
            return {}
