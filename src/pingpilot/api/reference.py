"""The reference page at /docs/api: the description of the API, for people."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pingpilot.accounts.audience import for_everybody
from pingpilot.api.openapi import Document, document

_WORDS = {"string": "text", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Member:
    """One parameter of a call, or one member of a body or an answer."""

    name: str
    kind: str
    is_required: bool
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One way in which a call is answered."""

    status: str
    text: str
    members: list[Member]

    @property
    def is_good(self) -> bool:
        """Whether the call did what was asked."""
        return self.status.startswith("2")


@dataclass(frozen=True, slots=True)
class Described:
    """One call."""

    anchor: str
    method: str
    path: str
    title: str
    paragraphs: list[str]
    scope: str | None
    parameters: list[Member]
    body: list[Member]
    replies: list[Reply]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The calls on one subject."""

    title: str
    calls: list[Described]

    @property
    def anchor(self) -> str:
        """Where links on the page lead to."""
        return self.title.lower().replace(" ", "-")


@require_safe
@for_everybody
def reference(request: HttpRequest) -> HttpResponse:
    """Show the page; it is the same for everybody."""
    return render(request, "api/reference.html", {"chapters": chapters(), "about": document()["info"]})


@cache
def chapters() -> list[Chapter]:
    """Return the description in the order of its chapters."""
    described = list(_described())
    return [
        Chapter(tag["name"], [call for name, call in described if name == tag["name"]]) for tag in document()["tags"]
    ]


def _described() -> Iterator[tuple[str, Described]]:
    for path, calls in document()["paths"].items():
        for method, call in calls.items():
            yield (
                call["tags"][0],
                Described(
                    anchor=call["operationId"].replace("_", "-"),
                    method=method.upper(),
                    path=path,
                    title=call["summary"].capitalize(),
                    paragraphs=call["description"].split("\n\nNeeds")[0].split("\n\n"),
                    scope=call.get("x-scope"),
                    parameters=[_parameter(one) for one in call.get("parameters", [])],
                    body=_members(_schema_of(call.get("requestBody", {}))),
                    replies=[_reply(status, reply) for status, reply in call["responses"].items()],
                ),
            )


def _reply(status: str, reply: Document) -> Reply:
    members = _members(_schema_of(reply)) if status.startswith("2") else []
    return Reply(status, reply["description"], members)


def _parameter(one: Document) -> Member:
    where = {"path": "in the path", "header": "header"}.get(one["in"], "")
    kind = ", ".join(filter(None, (_kind(one["schema"]), where)))
    name = "field.<name>" if one["name"] == "field" else one["name"]
    return Member(name, kind, bool(one.get("required")), one.get("description", ""))


def _schema_of(content: Document) -> Document:
    schema: Document = content.get("content", {}).get("application/json", {}).get("schema", {})
    return _resolved(schema)


def _resolved(schema: Document) -> Document:
    """Follow a reference; of several shapes show the one that has members, or its items'."""
    for shape in schema.get("anyOf", []):
        if "$ref" in shape:
            return _resolved(shape)
    if "$ref" in schema:
        found: Document = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def _members(schema: Document, prefix: str = "") -> list[Member]:
    """Return the members of an object, and below each list of objects theirs."""
    required, found = schema.get("required", []), []
    for name, one in schema.get("properties", {}).items():
        text = _resolved(one).get("description", one.get("description", ""))
        found.append(Member(prefix + name, _kind(one), name in required, text))
        items = _resolved(one.get("items", {}))
        found += _members(items, f"{prefix}{name}[].")
    return found


def _kind(schema: Document) -> str:
    """Say in a few words what a value is."""
    shapes = schema.get("anyOf")
    if shapes:
        return " or ".join(_kind(shape) for shape in shapes)
    resolved = _resolved(schema)
    if "enum" in resolved:
        return " · ".join(str(one) for one in resolved["enum"])
    if "const" in resolved:
        return str(resolved["const"])
    if resolved.get("format") == "date-time":
        return "time"
    kind = str(resolved.get("type", "anything"))
    return f"list of {_kind(resolved.get('items', {}))}" if kind == "array" else _WORDS.get(kind, kind)
