"""What WhatsApp asks of whoever writes there, whichever provider carries it.

**Source:** Meta's documentation of the Cloud API: the 24-hour window, message templates, formatting.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pingpilot.domain.channel import Config
from pingpilot.domain.fitting import MARK, first_of, fit, how_many_fit, one_line, visible
from pingpilot.domain.incoming import (
    AddressBack,
    AddressChanged,
    AddressGone,
    Answer,
    Heard,
    Incoming,
    LinkAttempt,
    Refused,
)
from pingpilot.domain.message import Message, utf16_len
from pingpilot.domain.outcome import Outcome
from pingpilot.domain.plain_text import plain_text
from pingpilot.domain.wire import Call, Reply

TITLE_MAX, DESCRIPTION_MAX, DETAILS_MAX = 60, 350, 400
"""Of a template's three parameters: they and 200 characters of the operator's own fit the 1,024 of a body."""
URL_MAX, NAME_MAX, VALUE_MAX, LINK_MAX = 400, 40, 120, 150
WINDOW = timedelta(hours=24)
MARGIN = timedelta(minutes=5)
"""How long before its end a window counts as closed: a message needs its time."""
HEARD_AT = "heard_at"
"""Where the time of a person's last word is kept between the settings of a destination, in seconds since 1970."""
STOPPED = "You wrote STOP. Write START to that number to get events again."

_JOINER = "\u200d"
_FORMATTING = re.compile(r"[*~`]|(?<![^\W_])_")
"""What may open bold, struck, code or italic; an underscore inside of a word does not."""
_LINE_START = re.compile(r"^(?=[ \t]*(?:>|(?:-|[0-9]{1,9}\.)[ \t]))", re.MULTILINE)
"""Quotes and lists; -5 and 99.90 stay as they are."""
_SPACE = re.compile(r"\s+")
_NUMBER = re.compile(r"\+?([1-9][0-9]{6,14})")
_CODE = re.compile(r"(?:PingPilot[ :]*)?([A-Za-z0-9_-]{20,200})")
_SECONDS = re.compile(r"[0-9]{1,11}")
_STOP, _START = frozenset({"STOP", "UNSUBSCRIBE"}), frozenset({"START", "UNSTOP"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one provider is spoken to, and how it speaks to us."""

    text_max: int
    say_text: Callable[[str, str, Config], Call]
    """Free text to a number, for an open window."""
    say_template: Callable[[str, Sequence[str], Config], Call]
    """The operator's template with its three parameters."""
    outcome: Callable[[Reply, datetime, Config], Outcome]
    is_outside_window: Callable[[Reply], bool]
    """Whether an answer says that free text came too late."""
    called: Callable[[Incoming, Config], Refused | Answer]


def is_window_open(config: Config, at: datetime) -> bool:
    """Tell whether free text may be sent: within 24 hours of the person's last word."""
    said = config.get(HEARD_AT, "")
    if not _SECONDS.fullmatch(said):
        return False
    return timedelta(0) <= at - datetime.fromtimestamp(int(said), UTC) + MARGIN < WINDOW


def session_text(message: Message, limit: int) -> str:
    """Return the free text: title, link, and all that fits."""
    lines = [f"*{inert(fit(visible(one_line(message.title)), TITLE_MAX))}*"]
    lines += [f"🔗 {message.url}"] if 0 < utf16_len(message.url) <= URL_MAX else []
    head = "\n".join((*lines, ""))
    return head + plain_text(message, limit - utf16_len(head), escape=inert)


def template_parameters(message: Message) -> tuple[str, str, str]:
    """Return title, description and details, each on one line, never empty, with single spaces."""
    return (
        _parameter(message.title, TITLE_MAX),
        _parameter(message.description, DESCRIPTION_MAX),
        _details(message),
    )


def inert(text: str) -> str:
    """Return text that WhatsApp shows as it is; it has no escape, so a joiner stands beside what would format."""
    joined = _FORMATTING.sub(lambda found: f"{_JOINER}{found[0]}{_JOINER}", text)
    return _LINE_START.sub(_JOINER, joined)


def number_of(said: object) -> str:
    """Return a number in E.164, with its +, from what a provider calls a person; empty where it is none."""
    found = _NUMBER.fullmatch(said) if isinstance(said, str) else None
    return f"+{found[1]}" if found else ""


def number_issue(number: str) -> str | None:
    """Return what to enter instead of something that is no number in E.164."""
    return None if number.startswith("+") and number_of(number) else "Enter the number as +15551234567."


def heard_of(number: str, text: str, at: datetime) -> list[Heard]:
    """Return what a person's words mean; whatever they are, they open the window."""
    person, said = {"number": number}, text.strip()
    if said.upper() in _STOP:
        return [AddressGone(person, STOPPED)]
    heard: list[Heard] = [AddressBack(person)] if said.upper() in _START else []
    if code := _CODE.fullmatch(said):
        heard.append(LinkAttempt(code[1], person, shown_number(number), number))
    return [*heard, AddressChanged(person, {HEARD_AT: str(int(at.timestamp()))})]


def window_closed(number: str) -> Heard:
    """Return that free text came too late for a person: the next message is a template."""
    return AddressChanged({"number": number}, {HEARD_AT: ""})


def shown_number(number: str) -> str:
    """Return what may be shown of a number: its country, about, and its end."""
    return f"{number[:3]} … {number[-2:]}"


def _parameter(text: str, limit: int) -> str:
    return fit(visible(_single_spaced(text)), limit, inert)


def _details(message: Message) -> str:
    """Return the fields in a row, what could not be told, and where the whole event is."""
    link = message.link if 0 < utf16_len(message.link) <= LINK_MAX else "see the dashboard"
    closing = " · ".join((*map(_single_spaced, message.remarks), link))
    total = len(message.fields)
    made = (f"{_parameter(field.name, NAME_MAX)}: {_parameter(field.value, VALUE_MAX)} · " for field in message.fields)
    lines = first_of(made, DETAILS_MAX)
    kept = how_many_fit(list(map(utf16_len, lines)), DETAILS_MAX - utf16_len(closing), utf16_len(_rest(total)))
    return "".join(lines[:kept]) + (_rest(total - kept) if kept < total else "") + closing


def _rest(count: int) -> str:
    return f"{MARK} +{count} more · "


def _single_spaced(text: str) -> str:
    return _SPACE.sub(" ", one_line(text)).strip()
