"""An embed in a channel of a Discord server, through that channel's webhook.

**Source** of paths and codes: Discord's API reference and its list of JSON error codes.
"""

import re
from collections.abc import Mapping

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.discord_api import (
    API_URL,
    RATES,
    VERDICTS,
    code_of,
    id_of,
    is_limited,
    limited,
    message_of,
    post,
    refuses_link,
    rest_after,
)
from pingpilot.domain.embed import DESCRIPTION_MAX, FIELDS_MAX, NAME_MAX, TITLE_MAX, TOTAL_MAX, VALUE_MAX, embed_of
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, Delivered, Outcome, Transient
from pingpilot.domain.reply import Verdict, answered, classify
from pingpilot.domain.url import hidden_in
from pingpilot.domain.wire import Call, Reply

_URL = re.compile(
    r"https://(?:(?:ptb|canary)\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/"
    r"(?P<id>[0-9]{17,20})/(?P<token>[A-Za-z0-9_-]{20,200})/?(?:\?(?P<query>[\w=&-]*))?"
)
_THREAD = re.compile(r"(?:^|&)thread_id=([0-9]{17,20})(?:&|$)")

_VERDICTS: Mapping[int, Verdict] = {
    **VERDICTS,
    **dict.fromkeys((10003, 10015, 50027, 220001, 220002, 220003, 220004), AddressDead),
}
_BY_STATUS: Mapping[int, Verdict] = {401: Transient, 403: Transient}
"""Without a code it is not the webhook that is refused, but our machine, at the door."""


def converse(message: Message, config: Config) -> Conversation:
    """Post the embed; once more without its link where Discord refuses just that, as it does local addresses."""
    embed = embed_of(message)
    reply = yield _call(message_of(embed, message.choices), config)
    if refuses_link(reply) and embed.pop("url", None):
        reply = yield _call(message_of(embed), config)
    return _outcome(reply, message, config)


def url_issue(url: str) -> str | None:
    """Return what to enter instead of something that is no Discord webhook URL; None when it is one."""
    if _URL.fullmatch(url):
        return None
    return "Enter the webhook URL as Discord copies it: https://discord.com/api/webhooks/<number>/<token>."


def _call(payload: Mapping[str, object], config: Config) -> Call:
    """Return the request; rebuilt from id and token, so that it goes to Discord's current API and nowhere else.

    ``wait`` makes Discord answer with the message, or with what is wrong; ``with_components`` has it show buttons.
    """
    parts = _parts(config["url"])
    thread = _THREAD.search(parts["query"] or "")
    query = f"wait=true&thread_id={thread[1]}" if thread else "wait=true"
    query += "&with_components=true" if "components" in payload else ""
    path = f"/webhooks/{parts['id']}/{parts['token']}?{query}"
    return post(path, payload, config)


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden = (*hidden_in(config["url"]), _parts(config["url"])["token"])
    if is_limited(reply):
        return limited(reply, message.at, hidden)
    if verdict := _VERDICTS.get(code_of(reply)):
        return verdict(answered(reply, hidden), str(code_of(reply)))
    outcome = classify(reply, message.at, hidden, verdicts=_BY_STATUS)
    return Delivered(id_of(reply), rest=rest_after(reply)) if isinstance(outcome, Delivered) else outcome


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
    rates=RATES,
    address=_address,
    errors=(
        ProviderError(
            "`10015` unknown webhook, `50027` invalid token",
            "The webhook was deleted, or its URL was changed.",
            "Make a new webhook in the channel's settings and add its URL here.",
        ),
        ProviderError(
            "`10003` unknown channel",
            "The channel was deleted.",
            "Make a webhook in another channel.",
        ),
        ProviderError(
            "`220001` to `220004`",
            "The channel is a forum, where every message needs a thread.",
            "Add ?thread_id= and the thread's number to the URL, or use another channel.",
        ),
        ProviderError(
            "`50035`, `50006`, `40005`",
            "Discord refuses this very message.",
            "Look at the event's page; report it if you see no reason.",
        ),
        ProviderError(
            "`200000`, `240000`, `20009`",
            "AutoMod or a filter of the server refuses what the event says.",
            "Ask the server's moderators to let webhooks through.",
        ),
        ProviderError(
            "`429`",
            "Discord takes about 30 messages a minute for a webhook.",
            "Nothing: it waits as long as Discord says.",
        ),
        ProviderError(
            "`429` without a limit's headers, `1015`",
            "Discord shuts this machine out for a while.",
            "Nothing: all of Discord waits 10 minutes. Switch off destinations that fail.",
        ),
    ),
)
