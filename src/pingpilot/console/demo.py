"""The start page's demo: what a visitor types, as an event that is never stored, and what the channels would send."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict

from pingpilot.console.previews import Previews, previews_of
from pingpilot.domain.category import EMOJI_OFFERED, PALETTE, QUICK_START, color_number, name_issues
from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.message import Message, Source, compose
from pingpilot.manage.services import Services

COLORS = (PALETTE[8], PALETTE[6], PALETTE[0], PALETTE[2], PALETTE[5])
EMOJI = EMOJI_OFFERED[:5]
TEXT_MAX_CHARS, FIELD_MAX_CHARS = 200, 60
FIELDS = (("plan", "PRO, yearly"), ("amount", "96.00"), ("country", "PT"))
_DESCRIPTION = "Ada Lovelace bought PRO"
_ID = EventId("0" * 32)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Demo:
    """What is in the demo's form. ``problem`` is what a real call would be refused for, else empty."""

    category: str
    emoji: str
    color: str
    description: str
    fields: Sequence[tuple[str, str]]
    problem: str = ""

    @property
    def fields_json(self) -> str:
        """The fields as a caller would send them: what reads as a number or as truth is one."""
        pairs = ", ".join(f"{_text(name)}: {_literal(value)}" for name, value in self.fields if name)
        return f"{{{pairs}}}"

    @property
    def call(self) -> Sequence[tuple[str, str]]:
        """The body of the call, member by member: the name, and the value as JSON."""
        description = [("description", _text(self.description))] if self.description else []
        return [("category", _text(self.category)), *description, ("fields", self.fields_json)]


@dataclass(frozen=True, slots=True)
class Shown:
    """The form, and what comes of it."""

    demo: Demo
    previews: Previews


def demo_of(query: QueryDict) -> Demo:
    """Return what was typed, cut to a length that fits the page; where nothing was, the demo's own example."""
    category = query.get("category", QUICK_START[1][0]).strip()
    emoji, color = query.get("emoji", EMOJI[0]), query.get("color", COLORS[0])
    issues = name_issues(category)
    return Demo(
        category=category[:TEXT_MAX_CHARS],
        emoji=emoji if emoji in EMOJI else EMOJI[0],
        color=color if color in COLORS else COLORS[0],
        description=query.get("description", _DESCRIPTION)[:TEXT_MAX_CHARS],
        fields=_fields(query),
        problem=issues[0].message if issues else "",
    )


def shown(services: Services, demo: Demo) -> Shown:
    """Return what the channels would send for it, by the code that makes the real messages."""
    return Shown(demo, previews_of(services, _message(demo, services.now(), services.public_url)))


def _message(demo: Demo, now: datetime, link: str) -> Message:
    source = Source(
        event_id=_ID,
        category=QUICK_START[1][0] if demo.problem else demo.category.lower(),
        emoji=demo.emoji,
        color=color_number(demo.color),
        description=demo.description or None,
        fields_json=demo.fields_json,
        severity=Severity.SUCCESS,
        occurred_at=now,
        received_at=now,
        url=None,
    )
    return compose(source, DeliveryId(_ID), now, link, is_maybe_repeat=False)


def _fields(query: QueryDict) -> Sequence[tuple[str, str]]:
    given = list(zip(query.getlist("name"), query.getlist("value"), strict=False)) or FIELDS
    return [(name.strip()[:FIELD_MAX_CHARS], value.strip()[:FIELD_MAX_CHARS]) for name, value in given[: len(FIELDS)]]


def _literal(value: str) -> str:
    return value if _NUMBER.fullmatch(value) or value in {"true", "false"} else _text(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
