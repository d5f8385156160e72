"""A message as the people on the other end see it: what the channels' own code would send, read back."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from pingpilot.domain.message import Message
from pingpilot.domain.wire import Call, Mail, Said
from pingpilot.manage.services import Services

_NOWHERE: Mapping[str, Mapping[str, str]] = {
    "discord-webhook": {"url": f"https://discord.com/api/webhooks/{'0' * 18}/{'x' * 20}"},
    "email": {"to": "you@example.com"},
    "slack": {"url": "https://hooks.slack.com/services/T0/B0/x"},
    "telegram": {"chat_id": "0", "bot_token": "0:x"},
}
"""Settings of destinations that do not exist: nothing is sent to them."""
_ESCAPED = re.compile(r"\\([^A-Za-z0-9\s])")
_TAG = re.compile(r"<[^>]*>")
_SLACK_LINK = re.compile(r"<[^|>]*\|([^>]*)>")


@dataclass(frozen=True, slots=True)
class Card:
    """A card in a chat: title, text, and pairs of a name and a value."""

    title: str
    text: str
    fields: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Previews:
    """One message on four channels. ``telegram`` are paragraphs of lines."""

    message: Message
    discord: Card
    telegram: Sequence[Sequence[str]]
    slack: Card
    subject: str


def previews_of(services: Services, message: Message) -> Previews:
    """Return what each channel's code would send, as it is read there."""
    return Previews(
        message=message,
        discord=_discord(_json(_said(services, "discord-webhook", message))["embeds"][0]),
        telegram=_telegram(_json(_said(services, "telegram", message))["text"]),
        slack=_slack(_json(_said(services, "slack", message))["blocks"]),
        subject=_subject(_said(services, "email", message)),
    )


def _said(services: Services, kind: str, message: Message) -> Said:
    """Return the first thing that a channel's conversation would put on the wire."""
    return next(services.channels[kind].converse(message, {"public_url": services.public_url, **_NOWHERE[kind]}))


def _json(said: Said) -> Any:  # noqa: ANN401 - a provider's own JSON
    assert isinstance(said, Call)  # noqa: S101 - narrows: these channels speak JSON
    return json.loads(said.body)


def _subject(said: Said) -> str:
    assert isinstance(said, Mail)  # noqa: S101 - narrows: this channel sends mail
    return said.subject


def _discord(embed: Mapping[str, Any]) -> Card:
    fields = [(_plain(one["name"]), _plain(one["value"])) for one in embed["fields"]]
    return Card(_plain(embed["title"]), _plain(embed["description"]), fields)


def _plain(text: str) -> str:
    """Return text as Discord shows it: without the backslashes that keep it from being Markdown."""
    return _ESCAPED.sub(r"\1", text)


def _telegram(text: str) -> list[list[str]]:
    return [unescape(_TAG.sub("", part)).split("\n") for part in text.split("\n\n")]


def _slack(blocks: Sequence[Mapping[str, Any]]) -> Card:
    texts = [block["text"]["text"] for block in blocks if "text" in block]
    pairs = [one["text"].partition("\n") for block in blocks for one in block.get("fields", ())]
    title = unescape(_SLACK_LINK.sub(r"\1", texts[0])).strip("*")
    return Card(title, texts[1], [(name, value) for name, _, value in pairs])
