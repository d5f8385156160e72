"""Discord: direct messages of a bot, where a nonce makes a repeat harmless, and webhooks, where nothing does."""

from collections.abc import Mapping

from tests.lab.dialect import Answer, Post, Request, in_json

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.laboratory-laboratory-laboratory-lab"


def _refusal(status: int, code: int, message: str) -> Answer:
    return in_json(status, {"code": code, "message": message})


REFUSALS: Mapping[str, Answer] = {
    "cannot send": _refusal(403, 50007, "Cannot send messages to this user"),
    "no mutual guilds": _refusal(403, 50278, "Cannot send messages to this user due to having no mutual guilds"),
    "missing access": _refusal(403, 50001, "Missing Access"),
    "unknown channel": _refusal(404, 10003, "Unknown Channel"),
    "unknown webhook": _refusal(404, 10015, "Unknown Webhook"),
    "invalid form": _refusal(400, 50035, "Invalid Form Body"),
    "overloaded": _refusal(503, 130000, "API resource is currently overloaded"),
    "cloudflare": Answer(403, b"<html>error code: 1020</html>", {"Content-Type": "text/html"}),
}


def read(request: Request) -> Post | Answer:
    if request.path == "/users/@me/channels":
        return in_json(200, {"id": request.member("recipient_id"), "type": 1})  # a DM has the number of its person here
    parts = request.path.partition("?")[0].split("/")
    if parts[1] == "channels":
        return Post(parts[2], str(request.member("nonce")), is_once=bool(request.member("enforce_nonce")))
    return Post(parts[2])


def taken(number: int) -> Answer:
    return in_json(200, {"id": str(10**17 + number), "type": 0})


def limited(seconds: float | None) -> Answer:
    if seconds is None:  # Cloudflare has shut the machine out
        return Answer(429, b"error code: 1015", {"Content-Type": "text/plain"})
    said = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    wait = f"{seconds:.3f}"
    return in_json(
        429, said, Retry_After=f"{seconds:.0f}", X_RateLimit_Scope="user", X_RateLimit_Reset_After=wait,
        X_RateLimit_Remaining="0",
    )  # fmt: skip
