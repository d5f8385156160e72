"""A question that a program asks the owner, and its one answer: rules and limits."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

TEXT_MAX_CHARS = 2_000
OPTIONS_MIN, OPTIONS_MAX = 2, 10
OPTION_MAX_CHARS = 64
ANSWER_MAX_CHARS = 2_000
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)
OPEN_MAX = 10
"""Questions of a workspace that may wait for their answer at one time."""
ASKED_MAX, ASKED_WITHIN = 60, timedelta(hours=1)
"""What people would bear."""
KEPT_FOR = timedelta(days=30)


_MARK = '{"answers":['
"""How the fields of a question begin. No report has such: a field is never a list."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to choose from, and the page that asks whether it is meant."""

    text: str
    url: str


def fields_with(options: Sequence[str]) -> str:
    """Return the fields of the event that carries a question, as JSON."""
    return json.dumps({"answers": list(options)}, ensure_ascii=False, separators=(",", ":")) if options else "{}"


def choices_in(fields_json: str, url: str) -> tuple[Choice, ...]:
    """Return what there is to choose from; nothing for an event that is no question, or one that is answered freely."""
    if not fields_json.startswith(_MARK):
        return ()
    options: list[str] = json.loads(fields_json)["answers"]
    return tuple(Choice(option, f"{url}?choice={number}") for number, option in enumerate(options))


class QuestionStatus(StrEnum):
    """What has become of a question."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
