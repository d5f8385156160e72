"""The Bot API. Knows no repeats."""

from collections.abc import Mapping

from tests.lab.dialect import Answer, Post, Request, in_json

TOKEN = "123456:AAtokenofthelaboratory"
POLL_S = 20
"""How long a question for news is held open; there is none."""


def _refusal(status: int, description: str) -> Answer:
    return in_json(status, {"ok": False, "error_code": status, "description": description})


REFUSALS: Mapping[str, Answer] = {
    "blocked": _refusal(403, "Forbidden: bot was blocked by the user"),
    "deactivated": _refusal(403, "Forbidden: user is deactivated"),
    "chat not found": _refusal(400, "Bad Request: chat not found"),
    "too long": _refusal(400, "Bad Request: message is too long"),
    "unauthorized": _refusal(401, "Unauthorized"),
    "bad gateway": _refusal(502, "Bad Gateway"),
}


def read(request: Request) -> Post | Answer:
    match request.path.rpartition("/")[2]:
        case "getMe":
            return in_json(200, {"ok": True, "result": {"id": 1, "is_bot": True, "username": "lab_bot"}})
        case "deleteWebhook":
            return in_json(200, {"ok": True, "result": True})
        case "getUpdates":
            answer = in_json(200, {"ok": True, "result": []})
            return Answer(answer.status, answer.body, answer.headers, after_s=POLL_S)
        case "sendMessage":
            return Post(str(request.member("chat_id")))
        case _:
            return _refusal(404, "Not Found")


def taken(number: int) -> Answer:
    return in_json(200, {"ok": True, "result": {"message_id": number}})


def limited(seconds: float | None) -> Answer:
    if seconds is None:
        return _refusal(429, "Too Many Requests")
    wait = round(seconds)
    description = f"Too Many Requests: retry after {wait}"
    said = {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": wait}}
    return in_json(429, said, Retry_After=str(wait))
