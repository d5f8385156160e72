"""The one table from error to status, and the making of answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from pingpilot.domain import errors

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
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.RequestTimeout: 408,
    errors.Overloaded: 503,
    errors.SealBroken: 500,
    errors.ConfigurationError: 500,
    errors.InternalError: 500,
}
"""Source: SPEC sections 3 to 6."""

Header = tuple[bytes, bytes]
RETRY_AFTER_S = 2
"""How soon a client may come back when the process drains or the store is away."""

_JSON: Header = (b"content-type", b"application/json")
_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, ready to send."""

    status: int
    headers: Sequence[Header]
    body: bytes


def accepted(event_id: str, headers: Sequence[Header], hint: str = "") -> Answer:
    """Return the 200 for a committed event; an id needs no escaping."""
    tail = b"}" if not hint else b',"hint":' + _encode(hint) + b"}"
    body = b'{"message":"Event processed successfully","code":"accepted","eventId":"' + event_id.encode() + b'"' + tail
    return _answer(200, body, headers)


def refused(error: errors.PingPilotError, headers: Sequence[Header] = (), **members: object) -> Answer:
    """Return the answer for a refusal; ``members`` stand beside ``message`` and ``code``."""
    status = STATUS[type(error)]
    content: dict[str, object] = {"message": error.message, "code": error.code, **members}
    extra = list(headers)
    if isinstance(error, errors.WithIssues):
        content["errors"] = issues = [issue.as_dict() for issue in error.issues]
        content["message"] = _encode(issues).decode()
    if status == 401:
        extra.append((b"www-authenticate", b"Bearer"))
    if status == 503:
        extra.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    return _answer(status, _encode(content), extra)


def _answer(status: int, body: bytes, headers: Sequence[Header]) -> Answer:
    return Answer(status, [_JSON, (b"content-length", str(len(body)).encode()), *headers], body)
