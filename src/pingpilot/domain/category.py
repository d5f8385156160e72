"""Rules for a category's name, colour and emoji."""

import re
from dataclasses import dataclass

from pingpilot.domain.errors import Issue
from pingpilot.domain.ids import CategoryId, DestinationId

NAME_MAX_CHARS = 64
COOLDOWN_S = 600
"""How long events with the ``dedupe_key`` of one that was delivered are only counted, where nothing else was said."""
COOLDOWN_MAX_S = 86_400
NAME_PATTERN = r"^[a-zA-Z0-9-]+$"
DEFAULT_EMOJI = "🔔"
CARD_EMOJI = "📂"
PALETTE = (
    *("#FF6B6B", "#4ECDC4", "#45B7D1", "#FFA07A", "#98D8C8"),
    *("#FDCB6E", "#6C5CE7", "#FF85A2", "#2ECC71", "#E17055"),
)
EMOJI_OFFERED = ("💰", "👤", "🎉", "📅", "🚀", "📢", "🎓", "🏆", "💡", "🔔")
QUICK_START = (("bug", "🐛", "#FF6B6B"), ("sale", "💰", "#FFEB3B"), ("question", "🤔", "#6C5CE7"))

NAME_MISSING = "Category name is required."
NAME_CHARS = "Category name can only contain letters, numbers or hypens."
COLOR_MISSING = "Color is required"
COLOR_FORM = "Invalid color format."

_NAME = re.compile(r"[a-zA-Z0-9-]+")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Category:
    """A category as the event's path sees it. ``destinations`` None means all of the workspace's."""

    id: CategoryId
    name: str
    color: int
    emoji: str
    muted: bool = False
    destinations: frozenset[DestinationId] | None = None


def name_issues(name: str) -> list[Issue]:
    """Return what is wrong with a name; empty when it is right.

    Source: SPEC sections 4 and 6 (the sentences, including their spelling).
    """
    if not name:
        return [Issue("too_small", ("name",), NAME_MISSING)]
    issues = []
    if len(name) > NAME_MAX_CHARS:
        issues.append(Issue("too_big", ("name",), f"String must contain at most {NAME_MAX_CHARS} character(s)"))
    if not _NAME.fullmatch(name):
        issues.append(Issue("invalid_string", ("name",), NAME_CHARS))
    return issues


def color_issues(color: str) -> list[Issue]:
    """Return what is wrong with a colour in ``#RRGGBB``; empty when it is right."""
    if not color:
        return [Issue("invalid_type", ("color",), COLOR_MISSING)]
    return [] if _COLOR.fullmatch(color) else [Issue("invalid_string", ("color",), COLOR_FORM)]


def cooldown_issues(seconds: int) -> list[Issue]:
    """Return what is wrong with a cooldown; 0 is none."""
    if seconds < 0:
        return [Issue("too_small", ("cooldown",), "Number must be greater than or equal to 0")]
    if seconds > COOLDOWN_MAX_S:
        return [Issue("too_big", ("cooldown",), f"Number must be less than or equal to {COOLDOWN_MAX_S}")]
    return []


def color_number(color: str) -> int:
    """Return ``#RRGGBB`` as a 24-bit integer: ``#FF6B6B`` is 16739179."""
    return int(color[1:], 16)


def color_text(color: int) -> str:
    """Return a 24-bit integer as ``#RRGGBB``."""
    return f"#{color:06X}"


def title_of(name: str, emoji: str) -> str:
    """Return the title of a message: emoji, space, name with its first letter upper-cased."""
    return f"{emoji or DEFAULT_EMOJI} {name[:1].upper()}{name[1:]}"
