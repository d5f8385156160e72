"""The doors of other services as the description of the API shows them; docs/doors says what becomes of each call."""

from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]
Refusals = Callable[..., Document]

TAG = "Doors of other services"
CLIENTS: Mapping[str, tuple[str, str]] = {
    "/v1/log": ("logsnag", "LogSnag"),
    "/message": ("gotify", "Gotify"),
    "/1/messages.json": ("pushover", "Pushover"),
    "/in/ntfy/{topic}": ("ntfy", "ntfy"),
}
"""Addresses that clients know: the service's name, and what it is called."""
WEBHOOKS = ("apprise", "github", "stripe", "sentry", "alertmanager", "grafana", "uptime-kuma")
_ANYTHING: Document = {"description": "As the service sends it."}
_CATEGORY: Document = {
    "in": "query",
    "name": "category",
    "required": False,
    "schema": {"type": "string"},
    "description": "The category, in place of the one that the service means.",
}
_WEBHOOK = (
    "Report what a service calls by itself. The key stands in the address, or in `Authorization`. A call that says "
    "nothing known is kept as it came, and what comes again is kept once."
)


def paths(refusals: Refusals) -> Document:
    """Return every door; ``refusals`` makes the answers of some statuses. They have the service's own shape."""
    responses = _responses(refusals)
    clients = {path: {"post": _client(path, *names, responses)} for path, names in CLIENTS.items()}
    webhook = _door("report_by_webhook", "Report By Webhook", _WEBHOOK, responses)
    webhook["parameters"] = [
        _in_path("service", {"type": "string", "enum": list(WEBHOOKS)}, "The service."),
        _in_path("key", {"type": "string", "pattern": "^pp_[a-z0-9]{24}_[0-9A-Za-z]{38}$"}, "An API key."),
        _CATEGORY,
    ]
    return {**clients, "/in/{service}/{key}": {"post": webhook}}


def _client(path: str, name: str, label: str, responses: Document) -> Document:
    text = f"Report as a client of {label} does; the answer is what such a client expects."
    call = _door(f"report_as_{name}", f"Report As {label}", text, responses)
    topic = [_in_path("topic", {"type": "string", "pattern": "^[-_A-Za-z0-9]{1,64}$"}, "The category.")]
    return call | {"parameters": [*(topic if "{topic}" in path else []), _CATEGORY]}


def _door(operation: str, summary: str, text: str, responses: Document) -> Document:
    return {
        "tags": [TAG],
        "security": [{"Bearer": []}],
        "x-scope": "events:write",
        "operationId": operation,
        "summary": summary,
        "description": text,
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ANYTHING}}},
        "responses": responses,
    }


def _responses(refusals: Refusals) -> Document:
    plain: Document = {"application/json": {"schema": {"type": "object"}}}
    found = refusals(400, 401, 403, 404, 413, 500, 503)
    refused = {status: {**answer, "content": plain} for status, answer in found.items()}
    refused["429"] = {"description": "The quota of the month is used up.", "content": plain}
    return {"200": {"description": "The event is stored.", "content": plain}, **refused}


def _in_path(name: str, schema: Document, text: str) -> Document:
    return {"in": "path", "name": name, "required": True, "schema": schema, "description": text}
