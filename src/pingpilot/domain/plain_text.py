"""A message as plain text, for channels without markup: what does not fit is counted, and the event linked."""

from collections.abc import Callable, Sequence

from pingpilot.domain.fitting import MARK, first_of, fit, how_many_fit, one_line, printable, visible
from pingpilot.domain.message import Field, Message, utf16_len

DESCRIPTION_SHARE, VALUE_SHARE, NAME_SHARE, LINK_SHARE = 2, 4, 16, 4
"""What part of the room a text may take where others want it too: a half, a quarter …"""


def plain_text(
    message: Message,
    limit: int,
    *,
    escape: Callable[[str], str] = str,
    size: Callable[[str], int] = utf16_len,
    is_timed: bool = True,
) -> str:
    """Return description, fields, time and remarks in at most ``limit`` units as ``size`` counts them; 500 or more.

    ``escape`` disarms what people wrote. ``is_timed``: the time stands in the text, for the provider shows none.
    """
    closing = _closing(message, is_timed=is_timed)
    rest = size(_rest(len(message.fields), message.link, limit // LINK_SHARE, size))
    room = limit - size(closing) - size("\n") - rest
    lines = first_of((_line(field, limit, escape, size) for field in message.fields), limit, size)
    most = max(room // DESCRIPTION_SHARE, room - sum(map(size, lines)))
    description = fit(visible(printable(message.description).strip()), most, escape, size)
    is_cut = description.endswith(MARK) or any(line.endswith(MARK) for line in lines)
    kept = _kept(lines, room - size(description), size, spare=0 if is_cut else rest)
    missing = len(message.fields) - kept
    ending = _rest(missing, message.link, limit // LINK_SHARE, size) if is_cut or missing else ""
    return description + ("\n" if kept else "") + "".join(lines[:kept]) + ending + closing


def _line(field: Field, limit: int, escape: Callable[[str], str], size: Callable[[str], int]) -> str:
    name = fit(visible(one_line(field.name).strip()), limit // NAME_SHARE, escape, size)
    value = fit(visible(printable(field.value).strip()), limit // VALUE_SHARE, escape, size)
    return f"\n{name}: {value}"


def _kept(lines: Sequence[str], room: int, size: Callable[[str], int], *, spare: int) -> int:
    """Return how many lines fit; ``spare`` is free for them where all do, for then no last line counts the rest."""
    return how_many_fit([size(line) for line in lines], room + spare, spare)


def _rest(count: int, link: str, link_max: int, size: Callable[[str], int]) -> str:
    more = f"{MARK} +{count} more" if count else f"{MARK} more"
    return f"\n{more}: {link}" if 0 < size(link) <= link_max else f"\n{more} on the dashboard"


def _closing(message: Message, *, is_timed: bool) -> str:
    lines = (*((f"🕒 {message.occurred_text}",) if is_timed else ()), *(f"⏳ {remark}" for remark in message.remarks))
    return "".join(f"\n{line}" for line in ("", *lines)) if lines else ""
