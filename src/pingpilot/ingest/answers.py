"""The one table from error to status, and the making of answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from pingpilot.domain import errors
from pingpilot.domain.quota import remaining

STATUS: Mapping[type[errors.PingPilotError], int] = {
    errors.Unauthorized: 401,
    errors.InvalidAuthHeader: 401,
    errors.InvalidKey: 401,
    errors.ScopeMissing: 403,
    errors.NoDestination: 403,
    errors.QuotaReached: 429,
    errors.InvalidJson: 400,
    errors.InvalidEvent: 422,
    errors.InvalidRequest: 422,
    errors.IdempotencyKeyReused: 422,
    errors.BodyTooLarge: 413,
    errors.UnknownCategory: 404,
    errors.InvalidCategory: 422,
    errors.CategoryExists: 409,
    errors.CategoryLimitReached: 403,
    errors.InvalidDestination: 422,
    errors.ChannelUnavailable: 409,
    errors.InvalidProof: 404,
    errors.AccountExists: 409,
    errors.InvalidAccount: 422,
    errors.SignUpClosed: 403,
    errors.SubscriptionRuns: 409,
    errors.PaymentUnavailable: 503,
    errors.NotFound: 404,
    errors.UnknownCaller: 401,
    errors.MethodNotAllowed: 405,
    errors.BadRequest: 400,
    errors.TargetTooLong: 414,
    errors.HeadTooLarge: 431,
    errors.RequestTimeout: 408,
    errors.Overloaded: 503,
    errors.SealBroken: 500,
    errors.ConfigurationError: 500,
    errors.InternalError: 500,
    errors.DeliveryFailed: 500,
}
"""Source: SPEC sections 3 to 6."""

Header = tuple[bytes, bytes]
RETRY_AFTER_S = 2
"""How soon a client may come back when the process drains or the store is away."""

JSON: Sequence[Header] = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
"""In every JSON answer."""
HELD_HINT = (
    "The month's quota is used up: this event is stored and shown, and goes to the channels when the quota allows it"
)
_WAITS = ',"held":true'
_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, ready to send."""

    status: int
    headers: Sequence[Header]
    body: bytes


def quota_headers(limit: int, used: int, to_reset: timedelta) -> list[Header]:
    """Return what every authenticated answer says about the month's quota, where there is one.

    Source: SPEC section 4.
    """
    return [
        (b"ratelimit-limit", b"%d" % limit),
        (b"ratelimit-remaining", b"%d" % (remaining(limit, used) or 0)),
        (b"ratelimit-reset", b"%d" % max(1, int(to_reset.total_seconds()))),
    ]


def accepted(event_id: str, hint: str = "") -> bytes:
    """Return the body of the 200 for a committed event; an id needs no escaping."""
    tail = b"}" if not hint else b',"hint":' + _encode(hint) + b"}"
    return b'{"message":"Event processed successfully","code":"accepted","eventId":"' + event_id.encode() + b'"' + tail


def held(event_id: str) -> bytes:
    """Return the body of the 200 for a committed event that waits for quota."""
    return with_members(accepted(event_id, HELD_HINT), {"held": True})


def repeated(event_id: str, first: str) -> bytes:
    """Return the body of the 200 for a committed event that repeats another, and is not delivered again."""
    return with_members(accepted(event_id), {"repeatOf": first})


def with_members(body: bytes, members: Mapping[str, object]) -> bytes:
    """Return the body, a JSON object that is not empty, with further members."""
    return body[:-1] + b"," + _encode(members)[1:]


def quoted(text: str) -> str:
    """Return a text as JSON."""
    return _encode(text).decode()


def result_of(index: int, result: str | errors.PingPilotError, *, is_held: bool = False) -> str:
    """Return the JSON of one event's result in a batch: the id it was given, or why it was refused."""
    if isinstance(result, str):
        return f'{{"index":{index},"status":200,"eventId":"{result}"{_WAITS if is_held else ""}}}'
    return _encode({"index": index, "status": STATUS[type(result)], **_content(result)}).decode()


def refused(error: errors.PingPilotError, headers: Sequence[Header] = (), **members: object) -> Answer:
    """Return the answer for a refusal; ``members`` stand beside ``message`` and ``code``."""
    status = STATUS[type(error)]
    extra = list(headers)
    if status == 401:
        extra.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        extra.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    return answered(status, _encode({**_content(error), **members}), extra)


def answered(status: int, body: bytes, headers: Sequence[Header] = ()) -> Answer:
    """Return an answer with a JSON body."""
    return Answer(status, [*JSON, (b"content-length", b"%d" % len(body)), *headers], body)


def _content(error: errors.PingPilotError) -> dict[str, object]:
    if not isinstance(error, errors.WithIssues):
        return {"message": error.message, "code": error.code}
    issues = [issue.as_dict() for issue in error.issues]
    return {"message": _encode(issues).decode(), "code": error.code, "errors": issues}
