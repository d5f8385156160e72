"""An embed in a direct message of this instance's Discord bot.

**Source** of paths, limits and codes: Discord's API reference and its list of JSON error codes.
"""

import base64
import hashlib
import re
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.connecting import Exchange
from pingpilot.domain.discord_api import (
    API_URL,
    BOT_RATES,
    ID,
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
from pingpilot.domain.discord_events import heard_in
from pingpilot.domain.discord_sign_in import consent_url, exchange, is_offered
from pingpilot.domain.embed import DESCRIPTION_MAX, FIELDS_MAX, NAME_MAX, TITLE_MAX, TOTAL_MAX, VALUE_MAX, embed_of
from pingpilot.domain.incoming import Answer, Incoming, Refused
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, AddressSuspect, Delivered, Outcome, SenderBroken, Transient
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, retry_after
from pingpilot.domain.wire import Call, Reply

NONCE_CHARS = 25
OPENING_WAIT = timedelta(hours=1)
"""Discord asks bots that open many first DMs to stop for long: code 40003."""
STALE_AFTER = timedelta(minutes=5)
"""A signed call that is older may be a replay."""

_DM = "dm_channel_id"
"""Where the id of the DM is kept between the settings of a destination: Discord gives the same one for ever."""
_LOST = frozenset({10003, 50001})
"""The DM is gone, or Discord wrongly says so: it is opened anew, once."""
_LINK_REFUSED = frozenset({200000, 240000})
_DELETED = 10008
_OPENING_TOO_FAST = 40003

_VERDICTS: Mapping[int, Verdict] = {
    **VERDICTS,
    **dict.fromkeys((50007, 50278, 10013, 50033), AddressDead),
    **dict.fromkeys(_LOST, AddressSuspect),
    **dict.fromkeys((40001, 50014), SenderBroken),
}
_FLAGGED = re.compile(r"\b(flagged|quarantined)\b", re.IGNORECASE)
"""What Discord says of a bot that it holds for a spammer; that answer's code is in no list."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}\.[A-Za-z0-9_-]{5,10}\.[A-Za-z0-9_-]{25,80}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,100}")
_HEX_KEY, _HEX_SIGNATURE = re.compile(r"[0-9a-fA-F]{64}"), re.compile(r"[0-9a-fA-F]{128}")
_SECONDS = re.compile(r"[0-9]{1,12}")


def converse(message: Message, config: Config) -> Conversation:
    """Post in the DM that is known, else open one; a DM that is lost is opened anew, once."""
    known = config.get(_DM, "")
    if ID.fullmatch(known):
        reply = yield from _say(known, message, config)
        if code_of(reply) not in _LOST:
            return _outcome(reply, message, config)
    reply = yield _call("/users/@me/channels", {"recipient_id": config["user_id"]}, config)
    channel = id_of(reply)
    if not reply.is_ok:
        return _outcome(reply, message, config)
    if not channel:
        return Transient("Discord's answer to the opening of a DM was not readable.", str(reply.status))
    reply = yield from _say(channel, message, config)
    return _outcome(reply, message, config, {_DM: channel})


def called(request: Incoming, config: Config) -> Refused | Answer:
    """Hear Discord's webhook events: who removed the bot from their account, who added it again."""
    signature, sent = (request.headers.get(f"x-signature-{name}", "") for name in ("ed25519", "timestamp"))
    key = config.get("public_key", "")
    if not (_HEX_KEY.fullmatch(key) and _HEX_SIGNATURE.fullmatch(signature) and _SECONDS.fullmatch(sent)):
        return Refused("no signature")
    if not request.verify_ed25519(bytes.fromhex(key), bytes.fromhex(signature), sent.encode() + request.body):
        return Refused("wrong signature")
    if abs(request.received_at - datetime.fromtimestamp(int(sent), UTC)) > STALE_AFTER:
        return Refused("stale")
    return Answer(204, heard=heard_in(request.json()), identity=signature.lower())


def may_connect(config: Config) -> bool:
    """Tell whether owners may sign in with Discord here."""
    return is_offered(config)


def connect(state: str, back_url: str, config: Config) -> str:
    """Return Discord's page where an owner agrees that we learn their user ID, and adds the bot to their account."""
    return consent_url(state, back_url, config)


def connected(code: str, back_url: str, config: Config) -> Exchange:
    """Learn the owner's user ID."""
    return (yield from exchange(code, back_url, config))


def _say(channel: str, message: Message, config: Config) -> Generator[Call, Reply, Reply]:
    """Post the embed; once more without the link of its title, and without buttons, where Discord refuses that.

    The link then stands in the text, for a proof is nothing without it, unless it is the link that is held for harmful.
    """
    embed = embed_of(message)
    payload = {**message_of(embed, message.choices), "nonce": _nonce(message), "enforce_nonce": True}
    reply = yield _call(f"/channels/{channel}/messages", payload, config)
    is_harmful = code_of(reply) in _LINK_REFUSED
    if (is_harmful or refuses_link(reply)) and (url := embed.pop("url", None)):
        payload.pop("components", None)
        again = payload if is_harmful else {**payload, "content": url}
        reply = yield _call(f"/channels/{channel}/messages", again, config)
    return reply


def _nonce(message: Message) -> str:
    """Return what Discord knows a repeat by, for a few minutes: the same for every attempt of a delivery."""
    digest = hashlib.sha256(message.delivery_id.encode()).digest()
    return base64.b32encode(digest).decode()[:NONCE_CHARS]


def _call(path: str, payload: Mapping[str, object], config: Config) -> Call:
    return post(path, payload, config, Authorization=f"Bot {config.get('bot_token', '')}")


def _outcome(reply: Reply, message: Message, config: Config, opened: Mapping[str, str] | None = None) -> Outcome:
    hidden = (config.get("bot_token", ""), config["user_id"])
    code = code_of(reply)
    if reply.is_ok or code == _DELETED:  # a repeat of a message that was read and deleted
        return Delivered(id_of(reply), new_settings=opened or {}, rest=rest_after(reply))
    if code == _OPENING_TOO_FAST:
        wait = max(retry_after(reply, message.at) or OPENING_WAIT, OPENING_WAIT)
        return rate_limited(wait, answered(reply, hidden), str(code))
    if is_limited(reply):
        return limited(reply, message.at, hidden)
    if _FLAGGED.search(str(reply.field("message"))):
        return SenderBroken(answered(reply, hidden), str(code or reply.status))
    if verdict := _VERDICTS.get(code):
        return verdict(answered(reply, hidden), str(code))
    # Without a code it is our machine that is refused, at the door.
    by_status: dict[int, Verdict] = {401: SenderBroken, 403: AddressSuspect if code else Transient}
    # A repeat within minutes is known by its nonce, and retries come that soon while the message is not late.
    return classify(reply, message.at, hidden, verdicts=by_status, is_idempotent=not message.is_late)


def _user_issue(user: str) -> str | None:
    if ID.fullmatch(user):
        return None
    return "Enter your user ID, a number of 17 to 20 digits: it is not your name. The steps say where to copy it."


def _token_issue(token: str) -> str | None:
    return None if _TOKEN.fullmatch(token) else "Enter the bot's token from Discord's developer portal, page Bot."


def _client_issue(number: str) -> str | None:
    return None if ID.fullmatch(number) else "Enter the application's ID, a number of 17 to 20 digits."


def _secret_issue(secret: str) -> str | None:
    return None if _SECRET.fullmatch(secret) else "Enter the client secret from the developer portal, page OAuth2."


def _key_issue(key: str) -> str | None:
    return None if _HEX_KEY.fullmatch(key) else "Enter the 64 hex digits that the developer portal calls Public Key."


SPEC = ChannelSpec(
    kind="discord",
    label="Discord",
    icon="🎮",
    summary="Sends every event as a card in a direct message of this instance's bot.",
    proof=Proof.MESSAGE,
    owner_fields=(
        ChannelField(
            name="user_id",
            label="Your user ID",
            help="The number of your account. It gets a message with a link; events arrive once that was opened.",
            placeholder="123456789012345678",
            check=_user_issue,
        ),
    ),
    operator_fields=(
        ChannelField(
            name="bot_token",
            label="Bot token",
            help="From Discord's developer portal: New Application, then Bot, then Reset Token.",
            is_secret=True,
            check=_token_issue,
        ),
        ChannelField(
            name="public_key",
            label="Public key",
            help="Discord's own calls are checked with it; they tell who removes the bot. In the portal: General "
            "Information.",
            is_required=False,
            check=_key_issue,
        ),
        ChannelField(
            name="client_id",
            label="Client ID",
            help="With the client secret: owners press Connect Discord in place of copying their user ID. In the "
            "portal: OAuth2.",
            placeholder="123456789012345678",
            is_required=False,
            check=_client_issue,
        ),
        ChannelField(
            name="client_secret",
            label="Client secret",
            help="In the portal: OAuth2, then Reset Secret.",
            is_secret=True,
            is_required=False,
            check=_secret_issue,
        ),
        ChannelField(
            name="api_url",
            label="Discord API",
            help="Where Discord's API answers.",
            is_required=False,
            default=API_URL,
        ),
    ),
    steps=(
        "Press Connect Discord and agree there: that is all. The bot writes to you, and events arrive from then on.",
        "Where that is not on offer, add the bot to your account by the link that this instance's operator gives you.",
        "Or join a server where the bot is, and allow direct messages from that server's members.",
        "In Discord open User Settings, then Advanced, and switch on Developer Mode.",
        "Right-click your own name (on a phone: your profile, then the three dots) and choose Copy User ID.",
        "Paste the number here. The bot sends you a message: open its link and confirm.",
    ),
    operator_steps=(
        "In Discord's developer portal press New Application, then Bot, then Reset Token: that is the bot's token.",
        "Under Installation allow User Install and copy the install link for those who shall get messages.",
        "Under OAuth2 copy client ID and client secret: with both set, owners can press Connect Discord.",
        "There, add a redirect: the public URL followed by /dashboard/channels/connect/discord/back.",
        "To hear who removes the bot, set the public key that stands under General Information, and start again.",
        "Then, under Webhooks, enter the public URL followed by /hooks/discord as Endpoint URL and save.",
        "There switch on the events Application Authorized and Application Deauthorized.",
    ),
    limits={
        "title": TITLE_MAX,
        "description": DESCRIPTION_MAX,
        "fields": FIELDS_MAX,
        "field_name": NAME_MAX,
        "field_value": VALUE_MAX,
        "total": TOTAL_MAX,
    },
    rates=BOT_RATES,
    address=lambda config: f"user …{config.get('user_id', '')[-4:]}",
    unique_field="user_id",
    errors=(
        ProviderError(
            "`50007` Cannot send messages to this user",
            "You blocked the bot, or take no direct messages from members of the server you share.",
            "Unblock the bot, or allow direct messages in that server's Privacy Settings; then switch the destination "
            "on.",
        ),
        ProviderError(
            "`50278` no mutual guilds",
            "You share no server with the bot, and have not added it to your account.",
            "Add the bot by the installation link, or join a server where it is; then switch the destination on.",
        ),
        ProviderError(
            "`10013` Unknown User",
            "There is no account of that number.",
            "Remove the destination and add it with your user ID, not with a server's or a channel's.",
        ),
        ProviderError(
            "`40003` opening direct messages too fast",
            "The bot began too many conversations in a short time.",
            "Nothing: the message waits an hour at least and is sent then.",
        ),
        ProviderError(
            "`401` Unauthorized",
            "The bot's token was reset or is wrong.",
            "The operator sets PINGPILOT_DISCORD_BOT_TOKEN anew; what waits is sent then.",
        ),
        ProviderError(
            "`flagged`, `quarantined`",
            "Discord holds the bot for a spammer and stops it.",
            "The operator appeals in Discord's developer portal; what waits is sent then.",
        ),
    ),
)
