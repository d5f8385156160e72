"""WhatsApp's Cloud API. Knows no repeats; never says when to come again."""

from collections.abc import Mapping

from tests.lab.dialect import Answer, Post, Request, in_json


def _refusal(status: int, code: int, message: str) -> Answer:
    error = {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, "fbtrace_id": "lab"}
    return in_json(status, {"error": {**error, "error_data": {"messaging_product": "whatsapp", "details": message}}})


REFUSALS: Mapping[str, Answer] = {
    "undeliverable": _refusal(400, 131026, "Message undeliverable"),
    "pair limit": _refusal(400, 131056, "Pair rate limit hit"),
    "token": _refusal(401, 190, "Error validating access token"),
    "parameters": _refusal(400, 132000, "Number of parameters does not match the expected number of params"),
    "something": _refusal(500, 131000, "Something went wrong"),
}


def read(request: Request) -> Post:
    return Post(str(request.member("to")))


def taken(number: int) -> Answer:
    message = {"id": f"wamid.lab{number:09d}", "message_status": "accepted"}
    contacts = [{"input": "15550000000", "wa_id": "15550000000"}]
    return in_json(200, {"messaging_product": "whatsapp", "contacts": contacts, "messages": [message]})


def limited(_seconds: float | None) -> Answer:
    return _refusal(429, 130429, "Rate limit hit")
