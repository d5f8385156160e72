"""ntfy: a repeat with the same ``sequence_id`` takes the place of the first."""

from collections.abc import Mapping

from tests.lab.dialect import Answer, Post, Request, in_json


def _refusal(status: int, code: int, error: str) -> Answer:
    return in_json(status, {"code": code, "http": status, "error": error, "link": "https://ntfy.sh/docs"})


REFUSALS: Mapping[str, Answer] = {
    "forbidden": _refusal(403, 40301, "forbidden"),
    "invalid topic": _refusal(400, 40009, "invalid request: topic invalid"),
    "invalid json": _refusal(400, 40024, "invalid request: request body must be valid JSON"),
    "no space": _refusal(507, 50701, "cannot publish to UnifiedPush topic without previously active subscriber"),
    "internal": _refusal(500, 50001, "internal server error"),
}


def read(request: Request) -> Post:
    return Post(str(request.member("topic")), str(request.member("sequence_id")))


def taken(number: int) -> Answer:
    return in_json(200, {"id": f"lab{number:09d}", "event": "message", "topic": "t", "message": "m"})


def limited(seconds: float | None) -> Answer:
    answer = _refusal(429, 42901, "limit reached: too many requests")
    return answer if seconds is None else Answer(429, answer.body, {**answer.headers, "Retry-After": f"{seconds:.0f}"})
