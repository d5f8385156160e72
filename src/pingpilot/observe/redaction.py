"""What must never be in a log line, taken out before it is written."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

from pingpilot.domain.key import PATTERN

HIDDEN = "pp_•••"
_KEY = re.compile(PATTERN)


def redact(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace whatever looks like an API key, at any depth. A structlog processor."""
    for name, value in line.items():
        line[name] = _clean(value)
    return line


def _clean(value: object) -> object:
    match value:
        case str():
            return _KEY.sub(HIDDEN, value) if "pp_" in value else value
        case Mapping():
            return {name: _clean(member) for name, member in value.items()}
        case list() | tuple():
            return [_clean(member) for member in value]
        case bytes() | BaseException():
            return _clean(str(value))
        case _:
            return value
