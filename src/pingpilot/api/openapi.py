"""The description of the whole API, OpenAPI 3.1: what the resources say of themselves, and the raw doors by hand."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse

from pingpilot.accounts.audience import for_everybody
from pingpilot.api import foreign_doors, raw_doors
from pingpilot.api.answers import say
from pingpilot.api.caller import Bearer
from pingpilot.api.rest import RESOURCES, api

Document = dict[str, Any]
_ROOT = "api/v1/"
_REFUSAL = "#/components/schemas/Refusal"
_DESCRIPTION = (
    "Report events with one call, and read what became of them. Every call but the report of a leaked key carries "
    "`Authorization: Bearer <key>`. Members are in camelCase, times are UTC, ids are opaque text. Every refusal has a "
    "`message` for people and a `code` that never changes."
)
_REFUSALS = {
    400: "The body is not JSON.",
    401: "The Authorization header is missing or wrong, or the key is unknown, expired or revoked.",
    403: "The key lacks the scope, or the plan allows no more.",
    404: "The workspace has no such thing.",
    409: "It cannot be done as things stand: the name is taken, the channel is not set up or switched off.",
    413: "The body is over 64 KiB.",
    422: "The input breaks the rules; `errors` lists every issue.",
    429: "Too much is asked, or the quota of the month is used up.",
    500: "Our fault.",
    503: "The service is restarting, or the store does not answer. Retry after `Retry-After` seconds.",
}
_HEADERS = {
    "RateLimit-Limit": "Events of the plan in a month; absent where there is no limit.",
    "RateLimit-Remaining": "Events left this month.",
    "RateLimit-Reset": "Seconds until the quota begins anew.",
}


@for_everybody
def openapi(_request: HttpRequest) -> HttpResponse:
    """Serve the description."""
    return say(document())


@cache
def document() -> Document:
    """Return the description; it is the same for the life of the process."""
    made: Document = dict(api.get_openapi_schema(path_prefix=_ROOT))
    made["info"] = {**made["info"], "description": _DESCRIPTION}
    named = (resource.tags[0] for resource in RESOURCES if resource.tags)
    made["tags"] = [{"name": name} for name in ("Reporting", *named, foreign_doors.TAG)]
    scopes = dict(_scopes())
    for path, calls in made["paths"].items():
        for method, call in calls.items():
            calls[method] = _completed(path, call, scopes[call["operationId"]])
    schemas = made["components"]["schemas"]
    schemas |= raw_doors.SCHEMAS | raw_doors.refusal_schemas()
    made["paths"] = _merged(raw_doors.paths(_refusals), made["paths"]) | foreign_doors.paths(_refusals)
    return made


def _merged(first: Document, second: Document) -> Document:
    """Put the calls of two descriptions together; a path may have some of both."""
    return first | {path: first.get(path, {}) | calls for path, calls in second.items()}


def _scopes() -> Iterator[tuple[str, str | None]]:
    """Yield the scope that each operation needs, "" where any key will do, None where it needs none."""
    for resource in RESOURCES:
        for view in resource.path_operations.values():
            for operation in view.operations:
                auth = operation.auth_param
                yield api.get_openapi_operation_id(operation), auth.scope if isinstance(auth, Bearer) else None


def _completed(path: str, call: Document, scope: str | None) -> Document:
    """Say which scope a call needs, and every way in which it can be refused."""
    call["operationId"] = call["operationId"].split("_", 3)[3]  # without the names of our modules
    call["parameters"] = [one | {"schema": _without_null(one["schema"])} for one in call["parameters"]]
    statuses = [500, 503]
    if scope is not None:
        statuses += [401]
        call["x-scope"] = scope
    if scope:
        call["description"] += f"\n\nNeeds the scope `{scope}`."
        statuses += [403]
    statuses += [400, 413, 422] if "requestBody" in call else [422] if call["parameters"] else []
    statuses += [404] if "{" in path or "requestBody" in call else []
    statuses += [429] if path.endswith("/questions") else []
    statuses += [409] if "requestBody" in call or path.endswith(("/test", "/verify")) else []
    shown = {str(status): _headed(response, scope) for status, response in call["responses"].items()}
    call["responses"] = shown | _refusals(*sorted(set(statuses)))
    return call


def _without_null(schema: Document) -> Document:
    """Say what a parameter may be when it is given: never null."""
    shapes = [shape for shape in schema.get("anyOf", []) if shape.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "default" if shapes else "")}
    return rest | shapes[0] if len(shapes) == 1 else schema


def _headed(response: Document, scope: str | None) -> Document:
    if scope is None:
        return response
    return response | {"headers": {name: _header(text) for name, text in _HEADERS.items()}}


def _header(text: str) -> Document:
    return {"description": text, "required": False, "schema": {"type": "integer"}}


def _refusals(*statuses: int) -> Document:
    """Return the refusals with these statuses."""
    content = {"application/json": {"schema": {"$ref": _REFUSAL}}}
    return {str(status): {"description": _REFUSALS[status], "content": content} for status in statuses}
