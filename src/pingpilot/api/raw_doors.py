"""The raw doors as the description of the API shows them: POST /api/v1/event and POST /api/v1/events."""

from collections.abc import Callable
from typing import Any

from pingpilot.api.shapes import Refusal
from pingpilot.domain.category import NAME_MAX_CHARS, NAME_PATTERN
from pingpilot.domain.event import (
    DEDUPE_KEY_MAX_CHARS,
    DESCRIPTION_MAX_CHARS,
    FIELD_NAME_MAX_CHARS,
    FIELD_TEXT_MAX_CHARS,
    FIELDS_MAX,
    URL_MAX_CHARS,
    Severity,
)

Document = dict[str, Any]
Refusals = Callable[..., Document]
_REF = "#/components/schemas/{model}"
_TEXT: Document = {"type": "string"}
_EVENT_ID: Document = {"type": "string", "description": "Ask for its receipt with GET /api/v1/events/{event_id}."}
_QUOTA = "The quota of the month is used up. Retry after `Retry-After` seconds, or upgrade."
_KEY_REUSED = "The event breaks the schema (`errors` lists every issue), or the Idempotency-Key came with another body."

SCHEMAS: Document = {
    "NewEvent": {
        "type": "object",
        "required": ["category"],
        "additionalProperties": False,
        "properties": {
            "category": {
                **_TEXT,
                "pattern": NAME_PATTERN,
                "maxLength": NAME_MAX_CHARS,
                "description": "One of the workspace's categories, in any case.",
            },
            "description": {**_TEXT, "maxLength": DESCRIPTION_MAX_CHARS},
            "fields": {
                "type": "object",
                "maxProperties": FIELDS_MAX,
                "propertyNames": {"minLength": 1, "maxLength": FIELD_NAME_MAX_CHARS},
                "additionalProperties": {
                    "anyOf": [
                        {**_TEXT, "maxLength": FIELD_TEXT_MAX_CHARS},
                        {"type": "number"},
                        {"type": "boolean"},
                    ]
                },
                "description": "What is worth knowing; shown in this order, numbers as sent.",
            },
            "severity": {**_TEXT, "enum": [str(one) for one in Severity], "default": "info"},
            "timestamp": {
                **_TEXT,
                "format": "date-time",
                "description": "When it happened: not over 5 minutes ahead, not over 30 days ago. Default: now.",
            },
            "dedupe_key": {**_TEXT, "maxLength": DEDUPE_KEY_MAX_CHARS},
            "url": {**_TEXT, "format": "uri", "maxLength": URL_MAX_CHARS, "description": "Where the title links to."},
        },
    },
    "Accepted": {
        "type": "object",
        "required": ["message", "code", "eventId"],
        "properties": {
            "message": {"const": "Event processed successfully"},
            "code": {"const": "accepted"},
            "eventId": _EVENT_ID,
            "hint": {**_TEXT, "description": "What to set up so that events reach people; absent when all is well."},
            "held": {
                "const": True,
                "description": "Only where the month's quota is used up and the workspace holds what is beyond it: the "
                "event is stored and shown, and goes to the channels when the quota allows it.",
            },
            "repeatOf": {
                **_EVENT_ID,
                "description": "Only of a repeat: the event with the same `dedupe_key` that was delivered within the "
                "category's cooldown. This one is stored and counted, and not delivered again.",
            },
            "status": {"enum": ["PENDING", "DELIVERED", "FAILED"], "description": "With `Prefer: wait` alone."},
            "deliveries": {"type": "array", "items": {"type": "object"}, "description": "With `Prefer: wait` alone."},
        },
    },
    "Results": {
        "type": "object",
        "required": ["results"],
        "properties": {
            "results": {
                "type": "array",
                "description": "One for each event, in order.",
                "items": {
                    "type": "object",
                    "required": ["index", "status"],
                    "properties": {
                        "index": {"type": "integer"},
                        "status": {"type": "integer", "description": "The status that the event alone would have had."},
                        "eventId": _EVENT_ID,
                        "held": {"const": True, "description": "It waits for quota."},
                        "repeatOf": {**_EVENT_ID, "description": "It repeats this event, and is not delivered again."},
                        "message": _TEXT,
                        "code": _TEXT,
                    },
                },
            },
            "hint": _TEXT,
        },
    },
}
_PARAMETERS = [
    {
        "in": "header",
        "name": "Idempotency-Key",
        "required": False,
        "schema": {**_TEXT, "minLength": 1, "maxLength": 255},
        "description": "For 24 hours the same key with the same body gets the first answer again.",
    },
    {
        "in": "header",
        "name": "Prefer",
        "required": False,
        "schema": {**_TEXT, "examples": ["wait=10"]},
        "description": "`wait=N` (1 to 30): answer once every delivery is final, or after N seconds.",
    },
]


def refusal_schemas() -> Document:
    """Return the shape of every refusal."""
    schema = Refusal.model_json_schema(ref_template=_REF)
    parts: Document = schema.pop("$defs", {})
    return parts | {"Refusal": schema}


def paths(refusals: Refusals) -> Document:
    """Return both doors; ``refusals`` makes the answers of some statuses."""
    common = {
        "tags": ["Reporting"],
        "security": [{"Bearer": []}],
        "x-scope": "events:write",
        "parameters": _PARAMETERS,
    }
    refused = refusals(400, 401, 403, 404, 413, 422, 500, 503)
    refused["422"] = refused["422"] | {"description": _KEY_REUSED}
    refused["429"] = refused["403"] | {"description": _QUOTA}
    refused["403"] = refused["403"] | {"description": "The key lacks the scope, or the workspace has no destination."}
    one, many = _ref("NewEvent"), {"type": "array", "items": _ref("NewEvent"), "maxItems": 1_000}
    return {
        "/api/v1/event": {
            "post": {
                **common,
                "operationId": "report_event",
                "summary": "Report Event",
                "description": "Report one event. 200 means: stored on disk, with one delivery for each channel.",
                "requestBody": {"required": True, "content": _json(one)},
                "responses": {"200": _answer("The event is stored.", "Accepted"), **refused},
            }
        },
        "/api/v1/events": {
            "post": {
                **common,
                "operationId": "report_events",
                "summary": "Report Events",
                "description": (
                    "Report up to 1,000 events (5 MiB) as a JSON array, or as lines of JSON. The valid ones are stored "
                    "in one transaction. A single object is answered like `POST /api/v1/event`."
                ),
                "requestBody": {
                    "required": True,
                    "content": {**_json({"anyOf": [many, one]}), "application/x-ndjson": {"schema": _TEXT}},
                },
                "responses": {
                    "200": _answer("A single event is stored.", "Accepted"),
                    "207": _answer("One result for each event.", "Results"),
                    **refused,
                },
            }
        },
    }


def _ref(name: str) -> Document:
    return {"$ref": _REF.format(model=name)}


def _json(schema: Document) -> Document:
    return {"application/json": {"schema": schema}}


def _answer(description: str, schema: str) -> Document:
    return {"description": description, "content": _json(_ref(schema))}
