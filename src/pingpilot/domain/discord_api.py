"""How Discord's API is asked, and what its answers mean on every Discord channel.

**Source** of paths, headers and codes: Discord's API reference and its list of JSON error codes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from pingpilot.domain.fitting import fit, label_of
from pingpilot.domain.outcome import BadMessage, RateLimited, Scope, SenderBroken, Transient
from pingpilot.domain.question import Choice
from pingpilot.domain.rate import Rate
from pingpilot.domain.reply import Verdict, answered, rate_limited, retry_after, seconds
from pingpilot.domain.wire import Call, Reply

API_URL = "https://discord.com/api/v10"
BAN_WAIT = timedelta(minutes=10)
"""How long Cloudflare shuts an IP address out after 10,000 refused calls."""
GLOBAL_WAIT = timedelta(seconds=5)
"""How long to leave Discord alone at least when the limit is on all that we send: what was on its way meanwhile is
refused, too, and refused calls are counted towards a ban."""
ID = re.compile(r"[0-9]{17,20}")
"""A snowflake: the number of a person, a channel or a message."""

VERDICTS: Mapping[int, Verdict] = MappingProxyType(
    {
        **dict.fromkeys((20009, 40005, 50006, 50035, 50109, 200000, 240000), BadMessage),
        **dict.fromkeys((40004, 40006, 110000, 130000), Transient),
        40333: SenderBroken,  # Cloudflare dislikes our User-Agent
    }
)
"""By Discord's own code, which tells more than the status: what means the same on every channel."""
RATES = (Rate(Scope.ADDRESS, timedelta(seconds=2), burst=5),)
"""Messages into one channel. Source: about 30 a minute, as many have met it (discord/discord-api-docs #1454)."""
BOT_RATES = (
    Rate(Scope.ADDRESS, timedelta(seconds=1), burst=5),
    Rate(Scope.CREDENTIAL, timedelta(seconds=1) / 40, burst=5),
)
"""Direct messages. Source: Discord's API reference, rate limits: 50 requests a second for a bot, and a message may take
two; of one conversation it tells in each answer (``rest_after``)."""
BUTTONS_IN_ROW, BUTTON_LABEL_MAX, BUTTON_URL_MAX = 5, 80, 512
_ROW, _BUTTON, _LINK_STYLE = 1, 2, 5
"""Source: Discord's API reference, "Component Types", "Button Styles"."""
_SECONDS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,6})?")
_LIMITED = frozenset({20016, 20028, 20029, 40062})


def post(path: str, payload: Mapping[str, object], config: Mapping[str, str], **headers: str) -> Call:
    """Return a request to the API."""
    return Call.post_json(f"{config.get('api_url') or API_URL}{path}", payload, {**said_by(config), **headers})


def said_by(config: Mapping[str, str]) -> dict[str, str]:
    """Return the header that says who calls, as Discord asks of every client."""
    return {"User-Agent": f"DiscordBot ({config.get('public_url') or 'https://pingpilot.invalid'}, 1.0)"}


def message_of(embed: Mapping[str, object], choices: Sequence[Choice] = ()) -> dict[str, object]:
    """Return a message that shows an embed, with the answers to a question as buttons below it, and pings nobody."""
    rows = [choices[start : start + BUTTONS_IN_ROW] for start in range(0, len(choices), BUTTONS_IN_ROW)]
    fits = all(len(choice.url) <= BUTTON_URL_MAX for choice in choices)
    buttons = {"components": [{"type": _ROW, "components": list(map(_button, row))} for row in rows]}
    return {"embeds": [embed], "allowed_mentions": {"parse": []}, **(buttons if rows and fits else {})}


def _button(choice: Choice) -> dict[str, object]:
    return {
        "type": _BUTTON,
        "style": _LINK_STYLE,
        "label": fit(label_of(choice.text), BUTTON_LABEL_MAX),
        "url": choice.url,
    }


def code_of(reply: Reply) -> int:
    """Return Discord's own code of an error; 0 where there is none."""
    found = reply.field("code")
    return found if isinstance(found, int) and not isinstance(found, bool) and not reply.is_ok else 0


def id_of(reply: Reply) -> str:
    """Return the id of what was made; empty where the answer names none."""
    found = reply.field("id")
    return found if isinstance(found, str) and ID.fullmatch(found) else ""


def refuses_link(reply: Reply) -> bool:
    """Tell whether Discord refuses just the link of the embed or of a button, as it does local addresses."""
    return any(reply.field("errors", *at) is not None for at in (("embeds", "0", "url"), ("components",)))


def is_limited(reply: Reply) -> bool:
    """Tell whether Discord asks us to come again later."""
    return reply.status == 429 or code_of(reply) in _LIMITED


def rest_after(reply: Reply) -> timedelta | None:
    """Return how long to leave the address alone after a message that it took: the next one would be refused."""
    is_last = reply.headers.get("x-ratelimit-remaining", "").strip() == "0"
    found = _SECONDS.fullmatch(reply.headers.get("x-ratelimit-reset-after", "").strip())
    return timedelta(seconds=float(found[0])) if is_last and found else None


def limited(reply: Reply, at: datetime, hidden: Iterable[str]) -> RateLimited:
    """Return how long to wait, and who: the address, or all of the channel when the limit is on our machine or bot."""
    told = seconds(reply.field("retry_after"))
    waits = [wait for wait in (told, retry_after(reply, at)) if wait is not None]
    is_ban = told is None and not any(name.startswith("x-ratelimit-") for name in reply.headers)
    is_global = reply.field("global") is True or reply.headers.get("x-ratelimit-scope") == "global"
    waits += [BAN_WAIT] if is_ban else [GLOBAL_WAIT] if is_global else []
    scope = Scope.CHANNEL if is_ban or is_global else Scope.ADDRESS
    return rate_limited(max(waits, default=None), answered(reply, hidden), scope=scope)
