"""From the query of a list of events to a filter; every wrong parameter is said."""

from collections.abc import Iterator

from django.http import HttpRequest
from pydantic import Field

from pingpilot.api.issues import Instant, Text
from pingpilot.api.shapes import Query
from pingpilot.domain.errors import InvalidRequest, Issue
from pingpilot.domain.event import EventStatus, Severity
from pingpilot.store.filters import OPERATORS, Comparison, Filter

PAGE_MAX, PAGE_DEFAULT = 100, 50
COMPARISONS_MAX = 10
_PREFIX = "field."
_NAMES = ("category", "status", "severity", "from", "to", "q", "cursor", "limit")


class EventQuery(Query):
    """What may stand behind the ``?`` of a list of events, beside the comparisons of fields."""

    category: Text | None = Field(None, max_length=64, description="Name of a category.")
    status: EventStatus | None = Field(None, description="What became of the event.")
    severity: Severity | None = Field(None, description="How much the event matters.")
    start: Instant | None = Field(None, alias="from", description="Happened at this time or later.")
    end: Instant | None = Field(None, alias="to", description="Happened before this time.")
    q: Text = Field(
        "", max_length=500, description="Whole words that the description or the fields hold, all of them, in any case."
    )
    cursor: Text | None = Field(None, max_length=200, description="`nextCursor` of the page before.")
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX, description="Events on one page.")


FIELD_PARAMETERS = [
    {
        "in": "query",
        "name": "field",
        "style": "form",
        "explode": True,
        "required": False,
        "description": (
            "Compare a field: `field.<name>=value`, or `field.<name>.gt=`, `.gte=`, `.lt=`, `.lte=`, `.ne=`. Numbers "
            "are compared as numbers, text as text, `true` and `false` as such. Several comparisons must all hold."
        ),
        "schema": {
            "type": "object",
            "patternProperties": {r"^field\..+$": {"type": "string"}},
            "additionalProperties": False,
            "maxProperties": COMPARISONS_MAX,
        },
    }
]
"""How the description of the API shows parameters whose names are the caller's."""


def filter_of(request: HttpRequest, query: EventQuery) -> Filter:
    """Return what is asked for; raise InvalidRequest with every issue."""
    issues = list(_strange(request))
    fields = tuple(_comparison(name, value) for name, value in _given(request) if name.startswith(_PREFIX))
    if len(fields) > COMPARISONS_MAX:
        issues.append(Issue("too_big", ("field",), f"At most {COMPARISONS_MAX} fields can be compared at a time"))
    if issues:
        raise InvalidRequest(issues)
    return Filter(
        category=query.category.lower() if query.category else None,
        status=query.status,
        severity=query.severity,
        start=query.start,
        end=query.end,
        fields=fields,
    )


def _strange(request: HttpRequest) -> Iterator[Issue]:
    for name, value in _given(request):
        if name.startswith(_PREFIX) and len(name) > len(_PREFIX):
            if "\x00" in name + value:
                yield Issue("invalid_string", (name,), "Text must not contain the character U+0000")
        elif name not in _NAMES:
            yield Issue("unrecognized_keys", (), f"Unrecognized key(s) in object: '{name}'", {"keys": [name]})


def _given(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name in request.GET for value in request.GET.getlist(name)]


def _comparison(name: str, value: str) -> Comparison:
    """Read ``field.<name>`` or ``field.<name>.<operator>``; a field whose name ends so is asked for with ``.eq``."""
    bare = name.removeprefix(_PREFIX)
    stem, dot, operator = bare.rpartition(".")
    return (
        Comparison(stem, operator, value) if dot and stem and operator in OPERATORS else Comparison(bare, "eq", value)
    )
