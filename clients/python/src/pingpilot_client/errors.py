"""What can go wrong, as exceptions that carry the server's own words.

::

    PingPilotError
    ├── ConfigurationError       no key, or an address that is none
    ├── Unreached                no answer, after all tries
    ├── InvalidEvent             the event breaks the rules; carries every issue (found here, or by the server)
    └── Refused                  the server said no; carries its status, code and message
        ├── InvalidKey           the key is missing, malformed, unknown, expired or revoked
        ├── ScopeMissing         the key may not do this
        ├── NoDestination        the workspace wants no events while no channel is active
        ├── UnknownCategory      the workspace has no such category
        ├── IdempotencyKeyReused the idempotency key came with another body before
        ├── BodyTooLarge         the event is over 64 KiB
        ├── QuotaReached         the month's events are used up; `retry_after_s` says until when
        ├── DeliveryFailed       every delivery of an event that was waited for failed for good
        └── Unavailable          the server restarts, or something in front of it does; retried before it is raised
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pingpilot_client.answers import Delivery, Result


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong with an event. ``path`` runs from the outside in, e.g. ``("fields", "amount")``."""

    code: str
    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        where = ".".join(map(str, self.path))
        return f"{where}: {self.message}" if where else self.message


class PingPilotError(Exception):
    """Something went wrong. ``results``: of a batch that broke off, what had been settled before."""

    results: Sequence["Result"] = ()


class ConfigurationError(PingPilotError):
    """The client cannot know whom to call, or as whom."""


class Unreached(PingPilotError):
    """There was no answer, however often it was tried. The event may have arrived, or not."""


class InvalidEvent(PingPilotError):
    """The event breaks the rules. ``status`` is None when that was found before it was sent."""

    code = "invalid_event"

    def __init__(self, issues: Sequence[Issue], status: int | None = None) -> None:
        """Take every issue, in order."""
        super().__init__("; ".join(map(str, issues)) or "The event breaks the rules")
        self.issues = tuple(issues)
        self.status = status


@dataclass(frozen=True, slots=True)
class Said:
    """What came with a refusal."""

    status: int
    code: str = ""
    hint: str | None = None
    event_id: str | None = None
    retry_after_s: float | None = None
    deliveries: Sequence["Delivery"] = ()


class Refused(PingPilotError):
    """The server refused. ``message`` is the server's own sentence, ``code`` its stable name for it."""

    def __init__(self, message: str, said: Said) -> None:
        """Take the server's sentence, and what came with it."""
        hint = f" ({said.hint})" if said.hint else ""
        super().__init__(message + hint)
        self.message = message
        self.status, self.code, self.hint = said.status, said.code, said.hint
        self.event_id, self.retry_after_s = said.event_id, said.retry_after_s
        self.deliveries = tuple(said.deliveries)


class InvalidKey(Refused):
    """The key is missing, malformed, unknown, expired or revoked."""


class ScopeMissing(Refused):
    """The key may not do this."""


class NoDestination(Refused):
    """The workspace wants no events while it has no active channel."""


class UnknownCategory(Refused):
    """The workspace has no category of that name."""


class IdempotencyKeyReused(Refused):
    """The idempotency key came with another body in the last 24 hours."""


class BodyTooLarge(Refused):
    """The event is over 64 KiB."""


class QuotaReached(Refused):
    """The month's events are used up."""


class DeliveryFailed(Refused):
    """Every delivery failed for good; the event is stored, ``event_id`` names it."""


class Unavailable(Refused):
    """The server restarts, or what stands in front of it cannot reach it."""


_BY_CODE: dict[str, type[Refused]] = {
    "unauthorized": InvalidKey,
    "invalid_auth_header": InvalidKey,
    "invalid_api_key": InvalidKey,
    "scope_missing": ScopeMissing,
    "no_destination": NoDestination,
    "unknown_category": UnknownCategory,
    "idempotency_key_reused": IdempotencyKeyReused,
    "body_too_large": BodyTooLarge,
    "quota_reached": QuotaReached,
    "delivery_failed": DeliveryFailed,
    "unavailable": Unavailable,
}
"""Source: PingPilot's table of error codes."""
_PASSING = frozenset({408, 425, 502, 503, 504})


def error_of(said: Said, message: str, issues: Sequence[dict[str, Any]]) -> Refused | InvalidEvent:
    """Return the exception for a refusal."""
    if said.code in {"invalid_event", "invalid_request"} and issues:
        return InvalidEvent([_issue(one) for one in issues], said.status)
    fallback = Unavailable if said.status in _PASSING else Refused
    return _BY_CODE.get(said.code, fallback)(message, said)


def _issue(raw: dict[str, Any]) -> Issue:
    return Issue(str(raw.get("code", "")), tuple(raw.get("path") or ()), str(raw.get("message", "")))
