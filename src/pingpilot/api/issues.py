"""What pydantic finds wrong, in the words of our own issues."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from pingpilot.domain.errors import Issue

BODY, QUERY = "body", "query"
"""Handlers name the parameter that holds the body, or the query, so: paths of issues begin inside of it."""
TIME_RULE = "Invalid time. Expected RFC 3339 with an offset, such as 2026-01-31T12:00:00Z"
NUL_RULE = "Text must not contain the character U+0000"

_MANY = "issues"
_EXPECTED = {
    "string_type": "string",
    "int_type": "integer",
    "int_parsing": "integer",
    "bool_type": "boolean",
    "bool_parsing": "boolean",
    "list_type": "array",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
}
_SIZES = {
    "string_too_short": ("too_small", "String must contain at least {min_length} character(s)"),
    "string_too_long": ("too_big", "String must contain at most {max_length} character(s)"),
    "too_short": ("too_small", "Array must contain at least {min_length} element(s)"),
    "too_long": ("too_big", "Array must contain at most {max_length} element(s)"),
    "greater_than_equal": ("too_small", "Number must be greater than or equal to {ge}"),
    "less_than_equal": ("too_big", "Number must be less than or equal to {le}"),
}


def refuse_value(*issues: Issue) -> None:
    """Make pydantic refuse a value for all of these reasons at once; do nothing without any."""
    if issues:
        raise PydanticCustomError(_MANY, "refused", {"issues": issues})


def issues_of(errors: Sequence[Mapping[str, Any]]) -> list[Issue]:
    """Return the issues in the order found."""
    return [issue for error in errors for issue in _issues(error)]


def is_body_missing(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a call that needs a body came without one."""
    return any(error["type"] == "missing" and tuple(error["loc"]) == (BODY, BODY) for error in errors)


def _issues(error: Mapping[str, Any]) -> list[Issue]:
    path = _path(tuple(error["loc"]))
    context: Mapping[str, Any] = error.get("ctx", {})
    if error["type"] == _MANY:
        return [Issue(issue.code, path, issue.message, issue.extra) for issue in context["issues"]]
    return [_issue(error, path, context)]


def _issue(error: Mapping[str, Any], path: tuple[str | int, ...], context: Mapping[str, Any]) -> Issue:
    kind = error["type"]
    if kind == "missing":
        return Issue("invalid_type", path, "Required")
    if kind == "extra_forbidden":
        names = [str(path[-1])]
        return Issue("unrecognized_keys", path[:-1], f"Unrecognized key(s) in object: '{names[0]}'", {"keys": names})
    if kind in _EXPECTED:
        expected, received = _EXPECTED[kind], _kind_of(error.get("input"))
        message = f"Expected {expected}, received {received}"
        return Issue("invalid_type", path, message, {"expected": expected, "received": received})
    if kind in _SIZES:
        code, message = _SIZES[kind]
        return Issue(code, path, message.format(**context))
    if kind in ("enum", "literal_error"):
        return Issue("invalid_enum_value", path, f"Invalid enum value. Expected {context['expected']}")
    return Issue("invalid_string", path, str(error["msg"]))


def _path(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return loc[2:] if loc[:2] in ((BODY, BODY), (QUERY, QUERY)) else loc[1:]


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _instant(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    refuse_value(Issue("invalid_date", (), TIME_RULE))
    return None


def _without_nul(text: str) -> str:
    if "\x00" in text:
        refuse_value(Issue("invalid_string", (), NUL_RULE))
    return text


Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A point in time with its offset."""
Text = Annotated[str, AfterValidator(_without_nul)]
"""Text that both databases take."""
