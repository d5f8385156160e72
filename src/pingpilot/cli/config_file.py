"""The file of a configuration: TOML, readable, with secrets as references to environment variables."""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from pingpilot.domain.errors import ConfigurationError
from pingpilot.domain.quota import OverLimit
from pingpilot.manage.configuration import (
    CategoryPart,
    Configuration,
    DestinationPart,
    FromEnvironment,
    ServicePart,
    Value,
    WorkspacePart,
)

VERSION = 1
ENV = "env"
MEMBERS: Mapping[type, Mapping[str, str]] = {
    WorkspacePart: {
        "name": "name",
        "refuses_without_destination": "refuse_without_destination",
        "over_limit": "over_limit",
    },
    DestinationPart: {"channel": "channel", "settings": "settings", "is_enabled": "enabled"},
    CategoryPart: {
        "color": "color",
        "emoji": "emoji",
        "is_muted": "muted",
        "cooldown": "cooldown",
        "destinations": "destinations",
    },
    ServicePart: {"secret": "secret"},
}
"""What the members of each part are called in the file."""
REQUIRED: Mapping[type, str] = {DestinationPart: "channel", CategoryPart: "color", ServicePart: "secret"}
REFERENCE = "secret"
"""The one member that is nothing but a reference."""
_KINDS: Mapping[str, type] = {
    **dict.fromkeys(("name", "over_limit", "channel", "color", "emoji"), str),
    **dict.fromkeys(("refuse_without_destination", "enabled", "muted"), bool),
    "cooldown": int,
    "settings": dict,
    "destinations": list,
}
_HEAD = """\
# Written by `pingpilot config export`. Change it, look with `config diff FILE`, and `config apply FILE`.
# Secrets stand in environment variables; one that is not set leaves what is stored as it is.
"""
P = TypeVar("P", WorkspacePart, DestinationPart, CategoryPart, ServicePart)


def dumped(configuration: Configuration) -> str:
    """Return the text of a file that holds this configuration."""
    blocks = [f"{_HEAD}version = {VERSION}\n", "\n".join(["[workspace]", *_lines(configuration.workspace)])]
    for name, destination in configuration.destinations.items():
        blocks.append("\n".join([f"[destinations.{_key(name)}]", *_lines(destination)]))
    for title, category in configuration.categories.items():
        blocks.append("\n".join([f"[categories.{_key(title)}]", *_lines(category)]))
    for name, service in (configuration.services or {}).items():
        blocks.append("\n".join([f"[services.{_key(name)}]", *_lines(service)]))
    if configuration.services is not None and not configuration.services:
        blocks.append("[services]")
    return "\n\n".join(block.rstrip("\n") for block in blocks) + "\n"


def loaded(text: str) -> Configuration:
    """Return the configuration of a file; raise ConfigurationError with all that is wrong with it."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"The file is no TOML: {error}") from error
    wrong = list(_strangers("the file", found, ("version", "workspace", "destinations", "categories", "services")))
    if found.get("version", VERSION) != VERSION:
        wrong.append(f"version: this PingPilot reads {VERSION}")
    workspace = _part(WorkspacePart, "workspace", found.get("workspace", {}), wrong)
    if workspace and workspace.over_limit not in {None, *OverLimit}:
        wrong.append(f"workspace: over_limit is one of {', '.join(OverLimit)}")
    destinations = _parts(DestinationPart, "destinations", found, wrong)
    categories = _parts(CategoryPart, "categories", found, wrong)
    services = _parts(ServicePart, "services", found, wrong) if "services" in found else None
    if wrong:
        raise ConfigurationError("\n".join(["The file cannot be used; nothing was changed.", *wrong]))
    return Configuration(workspace or WorkspacePart(), destinations, categories, services)


def _lines(part: WorkspacePart | DestinationPart | CategoryPart | ServicePart) -> Iterator[str]:
    for one in fields(part):
        value = getattr(part, one.name)
        if value is None or (one.name in {"emoji", "is_muted", "cooldown"} and value == one.default):
            continue
        yield f"{MEMBERS[type(part)][one.name]} = {_text(value)}"


def _text(value: object) -> str:
    """Write a value as TOML. JSON's strings are TOML's, but for DEL. Source: TOML 1.0, "String"."""
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case FromEnvironment():
            return f"{{ {ENV} = {_text(value.variable)} }}"
        case tuple():
            return f"[{', '.join(map(_text, value))}]"
        case dict():
            pairs = ", ".join(f"{_key(str(name))} = {_text(one)}" for name, one in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            raise TypeError(f"{type(value).__name__} has no place in the file")


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if is_bare else _text(name)


def _parts(kind: type[P], where: str, found: Mapping[str, Any], wrong: list[str]) -> dict[str, P]:
    table = found.get(where, {})
    if not isinstance(table, dict):
        wrong.append(f"{where}: expected a table")
        return {}
    made = {name: _part(kind, f'{where}."{name}"', raw, wrong) for name, raw in table.items()}
    return {name: part for name, part in made.items() if part is not None}


def _part(kind: type[P], where: str, raw: object, wrong: list[str]) -> P | None:
    """Return one part of the file; None, and what is wrong, when it cannot be read."""
    if not isinstance(raw, dict):
        wrong.append(f"{where}: expected a table")
        return None
    given: dict[str, Any] = raw
    members: dict[str, str] = {shown: own for own, shown in MEMBERS[kind].items()}
    issues = [*_strangers(where, given, tuple(members)), *_mistyped(where, given)]
    if (required := REQUIRED.get(kind, "")) and required not in given:
        issues.append(f"{where}: {required} is required")
    if issues:
        wrong += issues
        return None
    return kind(**{members[name]: _value(name, value) for name, value in given.items()})


def _value(name: str, raw: Any) -> Any:  # noqa: ANN401 - what TOML may hold
    if name == REFERENCE:
        return FromEnvironment(raw[ENV])
    if isinstance(raw, list):
        return tuple(raw)
    if isinstance(raw, dict):
        return {one: _setting(value) for one, value in raw.items()}
    return raw


def _setting(raw: Any) -> Value:  # noqa: ANN401 - as above
    return FromEnvironment(raw[ENV]) if isinstance(raw, dict) else str(raw)


def _strangers(where: str, raw: Mapping[str, object], known: tuple[str, ...]) -> Iterator[str]:
    for name in raw.keys() - set(known):
        near = difflib.get_close_matches(name, known, 1)
        instead = f"; did you mean {near[0]}?" if near else f", only {', '.join(known)}"
        yield f'{where}: there is no "{name}"{instead}'


def _mistyped(where: str, raw: Mapping[str, object]) -> Iterator[str]:
    names = {str: "a text", bool: "true or false", int: "a number of seconds", dict: "a table", list: "a list of names"}
    for name, value in raw.items():
        kind = _KINDS.get(name)
        if name == REFERENCE:
            yield from () if _is_reference(value) else [f'{where}: {name} is {{ env = "VARIABLE" }}, never the text']
        elif kind is not None and type(value) is not kind:  # true is no number
            yield f"{where}: {name} is {names[kind]}"
        elif isinstance(value, list) and not all(isinstance(one, str) for one in value):
            yield f"{where}: {name} is a list of names"
        elif isinstance(value, dict):
            wrong = [one for one, it in value.items() if not _is_setting(it)]
            yield from (f'{where}: {one} is a text or {{ env = "VARIABLE" }}' for one in wrong)


def _is_setting(value: object) -> bool:
    return _is_reference(value) or isinstance(value, str)


def _is_reference(value: object) -> bool:
    return isinstance(value, dict) and list(value) == [ENV] and isinstance(value[ENV], str) and bool(value[ENV])
