"""What stands in a plan: one change of a workspace's configuration, and how people see it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HIDDEN = "•••"


class Deed(StrEnum):
    """What a change does. KEEP: it is not in the file, and left alone."""

    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Detail:
    """One member that changes, as people may see it: no secret is in it."""

    member: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do. ``carry_out`` does it, and returns what is shown this once: a secret we made, a link to open."""

    deed: Deed
    kind: str
    name: str
    details: tuple[Detail, ...] = ()
    carry_out: Callable[[], Mapping[str, str]] = field(default=dict, repr=False, compare=False)


def details_of(members: Iterable[tuple[str, object, object]]) -> tuple[Detail, ...]:
    """Return those of the members (name, before, after) that change."""
    return tuple(Detail(name, _text(before), _text(after)) for name, before, after in members if before != after)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
