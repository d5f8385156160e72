"""Slack's Web API: says no with 200. Knows no repeats."""

from collections.abc import Mapping

from tests.lab.dialect import Answer, Post, Request, in_json


def _refusal(error: str, status: int = 200) -> Answer:
    return in_json(status, {"ok": False, "error": error})


REFUSALS: Mapping[str, Answer] = {
    "archived": _refusal("is_archived"),
    "not in channel": _refusal("not_in_channel"),
    "revoked": _refusal("token_revoked"),
    "invalid blocks": _refusal("invalid_blocks"),
    "unavailable": _refusal("service_unavailable", 503),
    "prohibited": _refusal("action_prohibited", 500),
}


def read(request: Request) -> Post:
    return Post(str(request.member("channel")))


def taken(number: int) -> Answer:
    return in_json(200, {"ok": True, "channel": "C0", "ts": f"1700000000.{number:06d}"})


def limited(seconds: float | None) -> Answer:
    wait = {} if seconds is None else {"Retry_After": f"{seconds:.0f}"}
    return in_json(429, {"ok": False, "error": "ratelimited"}, **wait)
