"""A message as Slack blocks, within Slack's limits.

What people wrote stands in ``plain_text``, where Slack reads no formatting, emoji or link; our own link and time stand
in ``mrkdwn``. **Source** of the limits: Slack's Block Kit reference; of the total: what Slack refuses in practice
(``msg_blocks_too_long`` from about 13,200 characters on).
"""

import re
from collections.abc import Sequence

from pingpilot.domain.fitting import MARK, first_of, fit, how_many_fit, label_of, one_line, printable, visible
from pingpilot.domain.message import Field, Message, utf16_len

BLOCKS_MAX, TEXT_MAX, FIELDS_MAX, FIELD_MAX, TOTAL_MAX = 50, 3000, 10, 2000, 12_000
NAME_MAX, TITLE_MAX, FALLBACK_MAX = 150, 150, 300

_IN_LINKS = str.maketrans({"&": "&amp;", "<": "%3C", ">": "%3E", "|": "%7C"})
_MENTION = re.compile(r"@(?=channel|everyone|here)", re.IGNORECASE)

Block = dict[str, object]


def blocks_of(message: Message) -> list[Block]:
    """Return the blocks: linked title, description, fields side by side, time and remarks."""
    title = _title(message)
    description = fit(visible(printable(message.description).strip()), TEXT_MAX, escaped)
    texts = first_of(map(_field, message.fields), TOTAL_MAX)
    total = len(message.fields)
    is_cut = any(text.endswith(MARK) for text in (description, *texts))
    closing, choices = _closing(message), _choices(message)
    rest = utf16_len(_rest(total, message.link))
    room = TOTAL_MAX - FALLBACK_MAX - sum(map(utf16_len, (title, description, choices, *closing)))
    sizes = list(map(utf16_len, texts))
    kept = how_many_fit(sizes, room - rest, 0) if is_cut else how_many_fit(sizes, room, rest)
    if is_cut or kept < total:
        closing.append(_rest(total - kept, message.link))
    asked: list[Block] = [{"type": "section", "text": _markup(choices)}] if choices else []
    return [
        {"type": "section", "text": _markup(title)},
        {"type": "section", "text": _plain(description)},
        *asked,
        *_sections(texts[:kept]),
        {"type": "context", "elements": [_markup(text) for text in closing]},
    ]


def fallback_of(message: Message) -> str:
    """Return the one line that stands in notifications, where nobody is mentioned."""
    return fit(one_line(f"{message.title}: {message.description}"), FALLBACK_MAX, _unmentioned)


def escaped(text: str) -> str:
    """Return text whose ``&``, ``<`` and ``>`` Slack shows as they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _title(message: Message) -> str:
    title = fit(visible(one_line(message.title)), TITLE_MAX, escaped)
    links = (url.translate(_IN_LINKS) for url in (message.url, message.link))
    return next((f"*<{url}|{title}>*" for url in links if 0 < utf16_len(url) <= TEXT_MAX - TITLE_MAX - 5), title)


def _choices(message: Message) -> str:
    """Return the answers to a question as links, side by side; empty where they do not fit.

    Not as buttons: Slack calls the app of a button that was pressed, also of one that is a link, and warns the reader
    where nobody takes that call.
    """
    links = "   ".join(
        f"👉 *<{one.url.translate(_IN_LINKS)}|{escaped(label_of(one.text))}>*" for one in message.choices
    )
    return links if utf16_len(links) <= TEXT_MAX else ""


def _field(field: Field) -> str:
    name = fit(visible(one_line(field.name).strip()), NAME_MAX, escaped)
    return f"{name}\n{fit(visible(printable(field.value).strip()), FIELD_MAX - NAME_MAX - 1, escaped)}"


def _sections(texts: Sequence[str]) -> list[Block]:
    starts = range(0, len(texts), FIELDS_MAX)
    return [{"type": "section", "fields": list(map(_plain, texts[start : start + FIELDS_MAX]))} for start in starts]


def _closing(message: Message) -> list[str]:
    """Return the small print; a reader's Slack turns the time into theirs."""
    seconds = int(message.occurred_at.timestamp())
    time = f"<!date^{seconds}^{{date_short_pretty}} {{time_secs}}|{message.occurred_text}>"
    return [f"🕒 {time}", *(f"⏳ {remark}" for remark in message.remarks)]


def _rest(count: int, link: str) -> str:
    more, url = f"{MARK} +{count} more" if count else f"{MARK} more", link.translate(_IN_LINKS)
    return f"<{url}|{more}>" if 0 < utf16_len(url) <= FIELD_MAX else f"{more} on the dashboard"


def _unmentioned(text: str) -> str:
    return escaped(_MENTION.sub("@\u200b", text))


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}


def _markup(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
