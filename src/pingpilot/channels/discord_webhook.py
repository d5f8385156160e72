"""An embed in a channel of a Discord server, through that channel's webhook.

**Source** of paths, limits and codes: Discord's API reference and its list of JSON error codes.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof
from pingpilot.domain.embed import DESCRIPTION_MAX, FIELDS_MAX, NAME_MAX, TITLE_MAX, TOTAL_MAX, VALUE_MAX, embed_of
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import (
    AddressDead,
    BadMessage,
    Delivered,
    Outcome,
    RateLimited,
    Scope,
    SenderBroken,
    Transient,
)
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, retry_after, seconds
from pingpilot.domain.url import hidden_in
from pingpilot.domain.wire import Call, Reply

API_URL = "https://discord.com/api/v10"
BAN_WAIT = timedelta(minutes=10)
"""How long Cloudflare shuts an IP address out after 10,000 refused calls."""

_URL = re.compile(
    r"https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/"
    r"(?P<id>[0-9]{17,20})/(?P<token>[A-Za-z0-9_-]{20,200})/?(?:\?(?P<query>[\w=&-]*))?"
)
_THREAD = re.compile(r"(?:^|&)thread_id=([0-9]{17,20})(?:&|$)")

_VERDICTS: Mapping[int, Verdict] = {
    **dict.fromkeys((10003, 10015, 50027, 220001, 220002, 220003, 220004), AddressDead),
    **dict.fromkeys((20009, 40005, 50006, 50035, 50109, 200000, 240000), BadMessage),
    **dict.fromkeys((40004, 40006, 110000, 130000), Transient),
    40333: SenderBroken,  # Cloudflare dislikes our User-Agent
}
"""By Discord's own code, which tells more than the status."""
_LIMITED = frozenset({20016, 20028, 20029, 40062})
_BY_STATUS: Mapping[int, Verdict] = {401: Transient, 403: Transient}
"""Without a code it is not the webhook that is refused, but our machine, at the door."""


def converse(message: Message, config: Config) -> Conversation:
    """Post the embed; once more without its link where Discord refuses just that, as it does local addresses."""
    embed = embed_of(message)
    reply = yield _call(embed, config)
    if reply.field("errors", "embeds", "0", "url") is not None and embed.pop("url", None):
        reply = yield _call(embed, config)
    return _outcome(reply, message, config)


def url_issue(url: str) -> str | None:
    """Return what to enter instead of something that is no Discord webhook URL; None when it is one."""
    if _URL.fullmatch(url):
        return None
    return "Enter the webhook URL as Discord copies it: https://discord.com/api/webhooks/<number>/<token>."


def _call(embed: Mapping[str, object], config: Config) -> Call:
    """Return the request; rebuilt from id and token, so that it goes to Discord's current API and nowhere else.

    ``wait`` makes Discord answer with the message, or with what is wrong.
    """
    parts = _parts(config["url"])
    thread = _THREAD.search(parts["query"] or "")
    query = f"wait=true&thread_id={thread[1]}" if thread else "wait=true"
    url = f"{config.get('api_url') or API_URL}/webhooks/{parts['id']}/{parts['token']}?{query}"
    agent = f"DiscordBot ({config.get('public_url') or 'https://pingpilot.invalid'}, 1.0)"
    return Call.post_json(url, {"embeds": [embed], "allowed_mentions": {"parse": []}}, {"User-Agent": agent})


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden = (*hidden_in(config["url"]), _parts(config["url"])["token"])
    found = reply.field("code")
    code = found if isinstance(found, int) and not isinstance(found, bool) and not reply.is_ok else 0
    if reply.status == 429 or code in _LIMITED:
        return _limited(reply, message, hidden)
    if verdict := _VERDICTS.get(code):
        return verdict(answered(reply, hidden), str(code))
    outcome = classify(reply, message.at, hidden, verdicts=_BY_STATUS)
    return Delivered(_message_id(reply)) if isinstance(outcome, Delivered) else outcome


def _limited(reply: Reply, message: Message, hidden: tuple[str, ...]) -> RateLimited:
    """Return how long to wait, and who: the webhook, or all of Discord when the limit is on our machine."""
    told = seconds(reply.field("retry_after"))
    waits = [wait for wait in (told, retry_after(reply, message.at)) if wait is not None]
    is_ban = told is None and not any(name.startswith("x-ratelimit-") for name in reply.headers)
    is_global = reply.field("global") is True or reply.headers.get("x-ratelimit-scope") == "global"
    scope = Scope.CHANNEL if is_ban or is_global else Scope.ADDRESS
    waits += [BAN_WAIT] if is_ban else []
    return rate_limited(max(waits, default=None), answered(reply, hidden), scope=scope)


def _message_id(reply: Reply) -> str:
    found = reply.field("id")
    return found if isinstance(found, str) and len(found) <= 20 else ""


def _parts(url: str) -> dict[str, str]:
    found = _URL.fullmatch(url)
    if found is None:
        raise ValueError("not a Discord webhook URL")
    return found.groupdict(default="")


def _address(config: Config) -> str:
    found = _URL.fullmatch(config.get("url", ""))
    return f"webhook {found['id'][:4]}…" if found else "webhook"


SPEC = ChannelSpec(
    kind="discord-webhook",
    label="Discord channel",
    icon="💬",
    summary="Posts every event as a card in a channel of your Discord server.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="url",
            label="Webhook URL",
            help="Whoever has this URL can post in the channel: it is kept sealed and not shown again.",
            placeholder="https://discord.com/api/webhooks/…",
            is_secret=True,
            check=url_issue,
        ),
    ),
    operator_fields=(
        ChannelField(
            name="api_url",
            label="Discord API",
            help="Where Discord's API answers.",
            is_required=False,
            default=API_URL,
        ),
    ),
    steps=(
        "In Discord, open the settings of the channel that should get the events (you need the right Manage Webhooks).",
        "Choose Integrations, then Webhooks, then New Webhook, and give it a name.",
        "Press Copy Webhook URL and paste it here. For a thread, add ?thread_id= and the thread's number.",
        "Send the test message.",
    ),
    limits={
        "title": TITLE_MAX,
        "description": DESCRIPTION_MAX,
        "fields": FIELDS_MAX,
        "field_name": NAME_MAX,
        "field_value": VALUE_MAX,
        "total": TOTAL_MAX,
    },
    address=_address,
)
