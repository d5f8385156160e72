"""A message as Telegram shows it: SPEC's layout, in HTML or plain, within Telegram's limit.

**Source** of the limit and of what is escaped: the Bot API's reference, "sendMessage" and "HTML style"; lengths count
in UTF-16 units.
"""

from html import escape

from pingpilot.domain.fitting import MARK, fit, how_many_fit, label_of, one_line, printable
from pingpilot.domain.message import Message, utf16_len

TEXT_MAX = 4000
"""With the markup, which is less than the 4,096 without it that Telegram takes."""

_DESCRIPTION_WITH_FIELDS_MAX, _NAME_MAX, _VALUE_MAX, _LINK_MAX = 2000, 300, 1000, 400


def text_of(message: Message, *, markup: bool = True) -> str:
    """Return the text in SPEC's layout, in HTML or plain; what does not fit is counted and linked."""
    mark = escaped if markup else str
    rest = utf16_len(_rest(len(message.fields), message.link, markup=markup))
    room = TEXT_MAX - rest - utf16_len(_head(message, "", markup=markup))
    limit = min(room, _DESCRIPTION_WITH_FIELDS_MAX) if message.fields else room
    description = fit(printable(message.description), limit, mark)
    head = _head(message, description, markup=markup)
    lines = [
        f"\n🔹 {fit(one_line(field.name), _NAME_MAX, mark)}: {fit(printable(field.value), _VALUE_MAX, mark)}"
        for field in message.fields
    ]
    is_cut = any(text.endswith(MARK) for text in (description, *lines))
    room = TEXT_MAX - utf16_len(head) - (rest if is_cut else 0)
    kept = how_many_fit(list(map(utf16_len, lines)), room, 0 if is_cut else rest)
    left = len(lines) - kept
    ending = _rest(left, message.link, markup=markup) if is_cut or left else ""
    return head + "".join(lines[:kept]) + ending


def buttons_of(message: Message) -> dict[str, object]:
    """Return the member of a message that shows the answers to a question as buttons; what is none has no such member.

    What a button tells us is at most 64 bytes. Source: the Bot API's reference, "InlineKeyboardButton".
    """
    rows = [
        [{"text": label_of(choice.text), "callback_data": f"answer:{message.event_id}:{number}"}]
        for number, choice in enumerate(message.choices)
    ]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def escaped(text: str) -> str:
    """Return text that Telegram's HTML shows as it is."""
    return escape(text, quote=True)


def _head(message: Message, description: str, *, markup: bool) -> str:
    title = fit(one_line(message.title), _NAME_MAX, escaped if markup else str)
    lines = (
        "🎉 Event Notification 🎉",
        "",
        f"📌 Category: {_anchor(title, message.url) if markup else title}",
        f"📝 Description: {description}",
        f"🎨 Color Code: {message.color_hex}",
        f"🕒 Timestamp: {message.occurred_text}",
        *(f"⏳ {remark}" for remark in message.remarks),
        *(("", "📌 Details:") if message.fields else ()),
    )
    return "\n".join(lines)


def _rest(count: int, url: str, *, markup: bool) -> str:
    text = f"{MARK} +{count} more" if count else f"{MARK} more"
    return f"\n{_anchor(text, url)}" if markup else f"\n{text}: {url[:_LINK_MAX]}"


def _anchor(markup: str, url: str) -> str:
    href = escaped(url)
    return f'<a href="{href}">{markup}</a>' if 0 < utf16_len(href) <= _LINK_MAX else markup
