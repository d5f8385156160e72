"""A Telegram bot that writes to a chat, and listens for the one-time codes that link one.

**Source** of methods and limits: the Bot API's reference; of the error texts: the source of its server.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.fitting import fit
from pingpilot.domain.incoming import Answer, Heard, Incoming, Pressed, Refused, is_secret
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Outcome,
    Scope,
    SenderBroken,
    Unknown,
)
from pingpilot.domain.rate import Rate
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, retry_after, seconds
from pingpilot.domain.telegram_text import TEXT_MAX, buttons_of, text_of
from pingpilot.domain.telegram_updates import USERNAME, heard_in, id_text, number_of, shown_of
from pingpilot.domain.wire import Call, Reply

API_URL = "https://api.telegram.org"
POLL_S = 50
RATES = (
    Rate(Scope.ADDRESS, timedelta(seconds=1), burst=5),
    Rate(Scope.CREDENTIAL, timedelta(seconds=1) / 25, burst=5),
)
"""Source: Telegram's FAQ for bots: about 30 messages a second in all, one a second in a chat but for short bursts."""
HOOK_PORTS = frozenset({443, 80, 88, 8443})
"""Where Telegram calls."""
UPDATES = ["message", "my_chat_member", "callback_query"]
POLLING = "polling"
WITHOUT_MARKUP = "Sent as plain text: Telegram could not read the markup."

LINKED = (
    "Congratulations! You have successfully linked your Telegram account. "
    "You will now receive notifications on this chat."
)
LINKED_BY_KEY = (
    "Your API key now stands in this chat: delete that message. "
    "Next time use the one-time link on the Channels page, which shows your key to nobody."
)
UNKNOWN_CODE = (
    "This code is unknown, already used or expired. Open Channels in your PingPilot dashboard, "
    "choose Telegram and follow the new link: it works once, for 10 minutes."
)
TOO_LATE = "This question is over or was answered already."
NOTICE_MAX = 200
"""Source: the Bot API's reference, answerCallbackQuery."""
REFUSED = "You cannot send messages to this bot."
"""Source of the first and the last: SPEC section 7.1."""

_TEXTS: tuple[tuple[str, Verdict], ...] = (
    ("can't parse entities", BadMessage),
    ("message is too long", BadMessage),
    ("message text is empty", BadMessage),
    ("bot was blocked by the user", AddressDead),
    ("user is deactivated", AddressDead),
    ("can't initiate conversation", AddressDead),
    ("bot was kicked", AddressDead),
    ("bot is not a member", AddressDead),
    ("group chat was deleted", AddressDead),
    ("not enough rights", AddressDead),
    ("chat_write_forbidden", AddressDead),
    ("chat not found", AddressSuspect),
    ("peer_id_invalid", AddressSuspect),
)
"""By what the description says: the server turns some 403 into 400. "Chat not found" has been wrong before."""
_BY_STATUS: Mapping[int, Verdict] = {401: SenderBroken, 403: AddressSuspect, 404: SenderBroken, 421: SenderBroken}

_CHAT_ID = re.compile(r"-?[0-9]{1,18}")
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")


def converse(message: Message, config: Config) -> Conversation:
    """Send the message; follow a chat that moved, and send plain text where Telegram cannot read our markup."""
    chat, buttons = config["chat_id"], buttons_of(message)
    reply = yield _send(chat, text_of(message), config, parse_mode="HTML", **buttons)
    if moved := id_text(reply.field("parameters", "migrate_to_chat_id")):
        chat = moved
        reply = yield _send(chat, text_of(message), config, parse_mode="HTML", **buttons)
    is_refused = "can't parse entities" in _said(reply)
    if is_refused:
        reply = yield _send(chat, text_of(message, markup=False), config, **buttons)
    outcome = _outcome(reply, message, config)
    if not isinstance(outcome, Delivered):
        return outcome
    moved_to = {"chat_id": chat} if chat != config["chat_id"] else {}
    return replace(outcome, detail=WITHOUT_MARKUP if is_refused else "", new_settings=moved_to)


def who(config: Config) -> Call:
    """Return the request for the bot's own name."""
    return Call.post_json(_url(config, "getMe"), {})


def username_of(reply: Reply) -> str:
    """Return the bot's name without @ from the answer to ``who``; empty where there is none."""
    name = reply.field("result", "username")
    return name if isinstance(name, str) and USERNAME.fullmatch(name) else ""


def link(username: str, code: str) -> str:
    """Return the URL that opens a chat with the bot and sends it the code."""
    return f"https://t.me/{username}?start={code}"


def poll(cursor: str, config: Config) -> Call:
    """Return the request that waits up to 50 s for what people said after the cursor. One poller at a time."""
    asked = {"timeout": POLL_S, "allowed_updates": UPDATES}
    offset = {"offset": int(cursor)} if cursor else {}
    return replace(Call.post_json(_url(config, "getUpdates"), asked | offset), timeout=timedelta(seconds=POLL_S + 15))


def hear(reply: Reply) -> tuple[str, list[Heard]]:
    """Return the next cursor ("" where it stays) and what was heard."""
    updates = reply.field("result")
    cursor, heard = "", list[Heard]()
    for update in updates if isinstance(updates, list) else []:
        if (number := number_of(update)) is not None:
            cursor = str(number + 1)
        heard += heard_in(update)
    return cursor, heard


def hook(config: Config) -> Call | None:
    """Return the request that has Telegram call us from now on; None where it cannot, or the operator prefers to poll.

    Telegram calls https only, and few ports. It shall call once at a time: who leaves and returns is told of in order.
    """
    url = urlsplit(config["public_url"])
    if url.scheme != "https" or (url.port or 443) not in HOOK_PORTS or config.get("updates") == POLLING:
        return None
    asked = {"url": f"{config['public_url']}/hooks/telegram", "secret_token": config["hook_secret"]}
    return Call.post_json(_url(config, "setWebhook"), {**asked, "allowed_updates": UPDATES, "max_connections": 1})


def unhook(config: Config) -> Call:
    """Return the request that has Telegram call nobody: it answers polls only then. What waits there is kept."""
    return Call.post_json(_url(config, "deleteWebhook"), {"drop_pending_updates": False})


def called(request: Incoming, config: Config) -> Refused | Answer:
    """Hear one update; Telegram sends it again until it is answered, under the same number."""
    if not is_secret(request.headers.get("x-telegram-bot-api-secret-token", ""), config.get("hook_secret", "")):
        return Refused("wrong secret token")
    update = request.json()
    number = number_of(update)
    return Answer(heard=heard_in(update), identity="" if number is None else str(number))


def say(reply_to: str, text: str, config: Config) -> Call:
    """Return the request that answers a person in plain text."""
    return _send(reply_to, text, config)


def settled(press: Pressed, answer: str, config: Config) -> Sequence[Call]:
    """Return the requests that end the wait of the button, take the buttons away, and say who answered what."""
    query, chat, message = (press.reply_to[name] for name in ("query", "chat", "message"))
    notice = {"callback_query_id": query, "text": fit(answer, NOTICE_MAX) or TOO_LATE}
    place = {"chat_id": int(chat), "message_id": int(message)}
    calls = [
        Call.post_json(_url(config, "answerCallbackQuery"), notice),
        Call.post_json(_url(config, "editMessageReplyMarkup"), place),
    ]
    reply = {"reply_parameters": {"message_id": int(message), "allow_sending_without_reply": True}}
    return [*calls, _send(chat, f"{press.by} answered: {answer}", config, **reply)] if answer else calls


def _send(chat: str, text: str, config: Config, **options: object) -> Call:
    payload = {"chat_id": int(chat), "text": text, "link_preview_options": {"is_disabled": True}, **options}
    return Call.post_json(_url(config, "sendMessage"), payload)


def _url(config: Config, method: str) -> str:
    return f"{config.get('api_url') or API_URL}/bot{config.get('bot_token', '')}/{method}"


def _said(reply: Reply) -> str:
    description = reply.field("description")
    return description.lower() if isinstance(description, str) and not reply.is_ok else ""


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    detail = answered(reply, [config.get("bot_token", "")])
    if reply.status == 429:
        told = seconds(reply.field("parameters", "retry_after"))
        return rate_limited(told or retry_after(reply, message.at), detail)
    if reply.is_ok:
        if reply.field("ok") is not True:
            return Unknown("Telegram's answer was not readable.", str(reply.status))
        return Delivered(id_text(reply.field("result", "message_id")))
    said = _said(reply)
    for text, verdict in _TEXTS:
        if text in said:
            return verdict(detail, str(reply.status))
    return classify(reply, message.at, [config.get("bot_token", "")], verdicts=_BY_STATUS)


def _chat_issue(chat: str) -> str | None:
    return None if _CHAT_ID.fullmatch(chat) else "Link the chat with the one-time link, or enter its numeric id."


def _token_issue(token: str) -> str | None:
    return None if _TOKEN.fullmatch(token) else "Enter the token as BotFather gave it: digits, a colon, letters."


def _updates_issue(updates: str) -> str | None:
    return None if updates in {"webhook", POLLING} else "Enter webhook or polling."


SPEC = ChannelSpec(
    kind="telegram",
    label="Telegram",
    icon="✈️",
    summary="Writes every event to your chat, or to a group of yours, with this instance's bot.",
    proof=Proof.LINK,
    owner_fields=(
        ChannelField(
            name="chat_id",
            label="Chat",
            help="Filled in by itself when you open the one-time link.",
            placeholder="123456789",
            check=_chat_issue,
        ),
    ),
    operator_fields=(
        ChannelField(
            name="bot_token",
            label="Bot token",
            help="Made by @BotFather with /newbot.",
            placeholder="123456789:AA…",
            is_secret=True,
            check=_token_issue,
        ),
        ChannelField(
            "bot_username", "Bot name", help="Without @; asked of Telegram when left empty.", is_required=False
        ),
        ChannelField(
            name="updates",
            label="Updates",
            help="How the bot hears of people. Set polling where Telegram cannot reach this instance's https address.",
            is_required=False,
            check=_updates_issue,
        ),
        ChannelField(
            name="api_url",
            label="Bot API",
            help="Where the Bot API answers; another one only if you run your own.",
            is_required=False,
            default=API_URL,
        ),
    ),
    steps=(
        "Open the one-time link: it works once, for 10 minutes, and opens a chat with the bot.",
        "Press Start. The bot answers that the chat is linked.",
        "For a group, write startgroup= in place of start= in the link before you open it, and choose the group.",
        "Blocking the bot, or removing it from the group, switches this destination off; unblocking it switches it on.",
    ),
    operator_steps=(
        "In Telegram write /newbot to @BotFather, answer its questions, and keep the token that it gives you.",
        "Set PINGPILOT_TELEGRAM_BOT_TOKEN. One bot serves one instance: a second one would take its updates.",
        "Where PINGPILOT_PUBLIC_URL is https, Telegram calls /hooks/telegram there; elsewhere the bot polls.",
    ),
    limits={"text": TEXT_MAX},
    rates=RATES,
    address=lambda config: shown_of(config.get("chat_id", "")),
    linked_field="chat_id",
    errors=(
        ProviderError(
            "`bot was blocked`",
            "You blocked the bot or deleted the chat.",
            "Unblock it and press Start: that switches it on.",
        ),
        ProviderError("`user is deactivated`", "The account is gone.", "Link another chat."),
        ProviderError(
            "`bot was kicked`, `not a member`", "The bot left the group.", "Add it again: that switches it on."
        ),
        ProviderError("`not enough rights`", "The bot may not write there.", "Let it post, then switch it on."),
        ProviderError("`chat not found`", "Telegram does not know the chat.", "Press Start in it, or open a new link."),
        ProviderError("`429`", "Too many messages to this chat.", "Nothing: it waits as long as Telegram says."),
        ProviderError("`401`, `404`", "The bot's token is wrong.", "Operator: set PINGPILOT_TELEGRAM_BOT_TOKEN anew."),
    ),
)
