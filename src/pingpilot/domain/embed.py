"""A message as a Discord embed, within Discord's limits; every Discord channel sends the same.

**Source** of the limits: Discord's API reference, "Embed Limits"; lengths count in UTF-16 units, after trimming.
"""

import re

from pingpilot.domain.fitting import MARK, fit, how_many_fit, one_line, printable, visible
from pingpilot.domain.message import Message, utf16_len

TITLE_MAX, DESCRIPTION_MAX, FOOTER_MAX, TOTAL_MAX = 256, 4096, 2048, 6000
FIELDS_MAX, NAME_MAX, VALUE_MAX, URL_MAX = 25, 256, 1024, 2048

_ESCAPES = str.maketrans({char: f"\\{char}" for char in "\\*_~`|<>[]"})
_LINE_START = re.compile(r"^([ \t]*)([#+-]|[0-9]+(?=[.)]\s))(?=[#\s.)])", re.MULTILINE)
"""Headings, small print and lists; -5 and 99.90 stay as they are."""
_COLON = re.compile(r":(?=//|[A-Za-z_]\w*:)")
"""Links and emoji."""
_MENTION = re.compile(r"@(?=everyone|here)", re.IGNORECASE)


def embed_of(message: Message) -> dict[str, object]:
    """Return the embed: title, description, colour, inline fields, time; what does not fit is counted and linked."""
    title = fit(visible(one_line(message.title)), TITLE_MAX)
    description = _fitted(printable(message.description), DESCRIPTION_MAX)
    footer = fit(" ".join(message.remarks), FOOTER_MAX)
    room = TOTAL_MAX - sum(map(utf16_len, (title, description, footer)))
    embed: dict[str, object] = {
        "title": title,
        "description": description,
        "color": message.color,
        "timestamp": message.occurred_text,
        "fields": _fields(message, room, is_cut=_is_cut(description, message.description)),
    }
    url = message.url or message.link
    if url and len(url) <= URL_MAX:
        embed["url"] = url
    return {**embed, "footer": {"text": footer}} if footer else embed


def unmarked(text: str) -> str:
    """Return text that Discord shows as it is: no Markdown, no mention, no link."""
    escaped = _LINE_START.sub(_inert, text.translate(_ESCAPES))
    return _MENTION.sub("@\u200b", _COLON.sub(r"\:", escaped))


def _fields(message: Message, room: int, *, is_cut: bool) -> list[dict[str, object]]:
    shown = [
        (_fitted(one_line(field.name), NAME_MAX), _fitted(printable(field.value), VALUE_MAX))
        for field in message.fields[:FIELDS_MAX]
    ]
    total = len(message.fields)
    is_cut = is_cut or any(_is_cut(text, field.value) for (_, text), field in zip(shown, message.fields, strict=False))
    sizes = [utf16_len(name) + utf16_len(value) for name, value in shown]
    reserve = sum(map(utf16_len, _rest(total, message.link)))
    is_more = is_cut or total > FIELDS_MAX
    kept = how_many_fit(sizes[: FIELDS_MAX - 1], room - reserve, 0) if is_more else how_many_fit(sizes, room, reserve)
    if is_more or kept < total:
        shown[kept:] = [_rest(total - kept, message.link)]
    return [{"name": name, "value": value, "inline": True} for name, value in shown]


def _inert(found: re.Match[str]) -> str:
    """Return the beginning of a line with a backslash where it does nothing but disarm."""
    space, marker = found.groups()
    return f"{space}{marker}\\" if marker.isdigit() else f"{space}\\{marker}"


def _rest(count: int, link: str) -> tuple[str, str]:
    """Return the field that stands for what was left out."""
    value = f"[Open the event]({link})"
    return f"{MARK} +{count} more" if count else MARK, value if len(value) <= VALUE_MAX else "See the dashboard"


def _fitted(text: str, limit: int) -> str:
    return fit(visible(text), limit, unmarked)


def _is_cut(shown: str, whole: str) -> bool:
    return shown.endswith(MARK) and not whole.endswith(MARK)
