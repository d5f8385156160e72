"""The destinations of the laboratory: at least one on each channel that can be pointed at a provider of ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pingpilot.channels import find_channels
from tests.lab.dialects.discord import TOKEN as DISCORD_TOKEN
from tests.lab.dialects.telegram import TOKEN as TELEGRAM_TOKEN
from tests.lab.provider import SMTP
from tests.lab.remote import Remote

PERSON, DISCORD_WEBHOOK = "123456789012345678", "223456789012345678"
WEBHOOK_TOKEN = "laboratorylaboratorylaboratory"
SLACK_TOKEN, MAILBOX, NUMBER = "xoxb-laboratory-1", "jane@example.com", "15551234567"
SECRETS = frozenset({DISCORD_TOKEN, TELEGRAM_TOKEN, WEBHOOK_TOKEN, SLACK_TOKEN, MAILBOX, NUMBER, PERSON, "laboratory"})
"""What no log may hold: tokens, and people's addresses."""


@dataclass(frozen=True)
class Outlet:
    """One destination: its channel, the provider behind it, what that calls the address, and the owner's settings.

    ``knows_repeats``: the receiver can tell a repeat by its id; elsewhere a repeat must be marked in the store.
    """

    kind: str
    provider: str
    address: str
    settings: Callable[[Remote], Mapping[str, str]]
    knows_repeats: bool = False


def _webhook(path: str) -> Outlet:
    return Outlet("webhook", "webhook", path, lambda remote: {"url": remote.url + path}, knows_repeats=True)


_ALL = (
    _webhook("/a"),
    _webhook("/b"),
    Outlet("telegram", "telegram", "4711", lambda _: {"chat_id": "4711"}),
    Outlet("ntfy", "ntfy", "lab", lambda remote: {"topic": "lab", "server": remote.url}, knows_repeats=True),
    Outlet("email", SMTP, MAILBOX, lambda _: {"to": MAILBOX}),
    Outlet("slack", "slack", "C0123456789", lambda _: {"token": SLACK_TOKEN, "channel": "C0123456789"}),
    Outlet("discord", "discord", PERSON, lambda _: {"user_id": PERSON}),
    Outlet(
        "discord-webhook",
        "discord",
        DISCORD_WEBHOOK,
        lambda _: {"url": f"https://discord.com/api/webhooks/{DISCORD_WEBHOOK}/{WEBHOOK_TOKEN}"},
    ),
    Outlet("whatsapp", "whatsapp", NUMBER, lambda _: {"number": f"+{NUMBER}"}),
)

OUTLETS = tuple(outlet for outlet in _ALL if outlet.kind in find_channels())
ELSEWHERE = "elsewhere"
"""A host of webhooks that are no destinations of the laboratory's own workspace."""
PROVIDERS = (*dict.fromkeys(outlet.provider for outlet in OUTLETS), ELSEWHERE)

_OPERATOR: Mapping[str, Callable[[Mapping[str, Remote]], Mapping[str, str]]] = {
    "email": lambda remotes: {"SMTP_URL": f"smtp://127.0.0.1:{remotes[SMTP].port}"},
    "telegram": lambda remotes: {
        "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": remotes["telegram"].url,
    },
    "slack": lambda remotes: {"SLACK_API_URL": remotes["slack"].url},
    "discord": lambda remotes: {"DISCORD_BOT_TOKEN": DISCORD_TOKEN, "DISCORD_API_URL": remotes["discord"].url},
    "discord-webhook": lambda remotes: {"DISCORD_WEBHOOK_API_URL": remotes["discord"].url},
    "whatsapp": lambda remotes: {
        "WHATSAPP_API_URL": remotes["whatsapp"].url,
        "WHATSAPP_BUSINESS_NUMBER": "+15550783881",
        "WHATSAPP_PHONE_NUMBER_ID": "15550783881",
        "WHATSAPP_TOKEN": "laboratory",
        "WHATSAPP_APP_SECRET": "laboratory",
        "WHATSAPP_VERIFY_TOKEN": "laboratory",
        "WHATSAPP_TEMPLATE": "event_notice",
    },
}


def operator_settings(remotes: Mapping[str, Remote]) -> dict[str, str]:
    """Return the settings by which every channel of an instance finds its provider here."""
    kinds = {outlet.kind for outlet in OUTLETS} & _OPERATOR.keys()
    return {f"PINGPILOT_{name}": value for kind in sorted(kinds) for name, value in _OPERATOR[kind](remotes).items()}
