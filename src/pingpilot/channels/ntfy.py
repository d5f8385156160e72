"""A push notification through ntfy: the public server, or one of the owner's.

**Source** of members, limits and codes: ntfy's documentation of publishing, and its server's list of errors.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.event import Severity
from pingpilot.domain.fitting import fit, label_of, one_line
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, AddressSuspect, BadMessage, Delivered, Outcome
from pingpilot.domain.plain_text import plain_text
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, redirected, retry_after
from pingpilot.domain.url import shown_of, url_issue
from pingpilot.domain.wire import Call, Reply

SERVER = "https://ntfy.sh"
TITLE_MAX = 250
MESSAGE_MAX_BYTES = 4000
"""As JSON; ntfy turns a message over 4,096 bytes into a file, and takes 8,192 bytes of JSON in all."""
URL_MAX_BYTES = 2000
ACTIONS_MAX = 3

_PRIORITIES: Mapping[Severity, int] = {
    Severity.INFO: 3,
    Severity.SUCCESS: 3,
    Severity.WARNING: 4,
    Severity.CRITICAL: 5,
}
_SIGNS: Mapping[Severity, str] = {
    Severity.SUCCESS: "white_check_mark",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "rotating_light",
}
"""Tags that ntfy shows as an emoji."""

_VERDICTS: Mapping[int, Verdict] = {
    **dict.fromkeys((40009, 40010, 40101, 40301), AddressDead),
    **dict.fromkeys((40011, 40017, 40024, 41301, 41303), BadMessage),
    50701: AddressSuspect,
}
"""By ntfy's own code."""
_BY_STATUS: Mapping[int, Verdict] = dict.fromkeys((400, 401, 403, 407), AddressSuspect)
"""Without a code it is not ntfy that refuses, but something before it."""
_DAILY_QUOTA = 42908

_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,100}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def converse(message: Message, config: Config) -> Conversation:
    """Publish once; newer servers let a repeat with the same ``sequence_id`` take the place of the first."""
    token = config.get("token", "")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{(config.get('server') or SERVER).rstrip('/')}/"
    reply = yield Call.post_json(url, _payload(message, config["topic"]), headers, is_user_host=True)
    return _outcome(reply, message, config)


def _payload(message: Message, topic: str) -> dict[str, object]:
    return {
        "topic": topic,
        "sequence_id": message.delivery_id,
        "title": fit(one_line(message.title), TITLE_MAX),
        "message": plain_text(message, MESSAGE_MAX_BYTES, size=_json_bytes),
        "priority": _PRIORITIES[message.severity],
        "tags": [*([_SIGNS[message.severity]] if message.severity in _SIGNS else []), f"category-{message.category}"],
        **_actions(message),
        "click": message.url if message.url and _json_bytes(message.url) <= URL_MAX_BYTES else message.link,
        "markdown": False,
    }


def _actions(message: Message) -> dict[str, object]:
    """Return the buttons of a question that has few answers; each opens its page, where one more press answers."""
    if not 0 < len(message.choices) <= ACTIONS_MAX:
        return {}
    actions = [
        {"action": "view", "label": label_of(one.text), "url": one.url, "clear": True} for one in message.choices
    ]
    return {"actions": actions}


def _json_bytes(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden, said = [config.get("token", ""), config["topic"]], reply.field("error")
    if reply.is_ok:
        return _published(reply)
    if 300 <= reply.status < 400:
        return redirected(reply)
    found = reply.field("code")
    code = found if isinstance(found, int) and not isinstance(found, bool) else 0
    if reply.status == 429:
        wait = retry_after(reply, message.at) or (_to_midnight(message.at) if code == _DAILY_QUOTA else None)
        return rate_limited(wait, answered(reply, hidden, said), str(code or 429))
    if verdict := _VERDICTS.get(code):
        return verdict(answered(reply, hidden, said), str(code))
    return classify(reply, message.at, hidden, verdicts=_BY_STATUS, said=said)


def _published(reply: Reply) -> Outcome:
    """Return delivered only for an answer that ntfy gives: many a web page answers 200 to anything."""
    found = reply.field("id")
    if reply.field("event") == "message" and isinstance(found, str) and _ID.fullmatch(found):
        return Delivered(found)
    detail = f"Answered {reply.status}, but not as ntfy does. Check the server's address."
    return AddressSuspect(detail, str(reply.status))


def _to_midnight(at: datetime) -> timedelta:
    """Return the time until the day's quota begins anew."""
    return timedelta(days=1) - timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _server_issue(server: str) -> str | None:
    if issue := url_issue(server):
        return issue
    return "Enter the server's address alone, such as https://ntfy.sh." if re.search("[?#]", server) else None


def _topic_issue(topic: str) -> str | None:
    if _TOPIC.fullmatch(topic):
        return None
    return "Enter the topic's name alone: up to 64 letters, digits, hyphens and underscores."


def _token_issue(token: str) -> str | None:
    return None if _TOKEN.fullmatch(token) else "Enter the access token as ntfy shows it: tk_ and letters."


def _address(config: Config) -> str:
    server = shown_of(config.get("server") or SERVER).removesuffix("/…")
    return f"{server}/{config.get('topic', '')[:2]}…"


SPEC = ChannelSpec(
    kind="ntfy",
    label="ntfy",
    icon="📣",
    summary="Pushes every event to your phone or desktop through ntfy, on the public server or your own.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="topic",
            label="Topic",
            help="Whoever knows the topic can read it, unless your server asks for a login: choose one hard to guess.",
            placeholder="pings-8Zq3xV",
            is_secret=True,
            check=_topic_issue,
        ),
        ChannelField(
            name="server",
            label="Server",
            help="Leave empty for ntfy.sh.",
            placeholder=SERVER,
            is_required=False,
            default=SERVER,
            check=_server_issue,
        ),
        ChannelField(
            name="token",
            label="Access token",
            help="Only for a topic that asks for a login: it needs the right to write.",
            placeholder="tk_…",
            is_secret=True,
            is_required=False,
            check=_token_issue,
        ),
    ),
    steps=(
        "Install the ntfy app, or open your server's web page, and subscribe to a topic with a name hard to guess.",
        "Enter the topic's name here, and the server's address if it is not ntfy.sh.",
        "If the topic is protected, make an access token in ntfy under Account and enter it, too.",
        "Send the test message.",
    ),
    limits={"title": TITLE_MAX, "message_bytes": MESSAGE_MAX_BYTES, "click_bytes": URL_MAX_BYTES},
    address=_address,
    errors=(
        ProviderError(
            "`40101` unauthorized, `40301` forbidden",
            "The topic asks for a login, and the token is missing, wrong or may not write.",
            "Make a token in ntfy under Account, give its user write access, and add the channel anew.",
        ),
        ProviderError(
            "`40009`, `40010` topic invalid or not allowed",
            "The server does not take this name for a topic.",
            "Add the channel anew with another topic.",
        ),
        ProviderError(
            "`42901`, `42909` too many requests",
            "The server limits how often this instance may publish.",
            "Nothing: it goes on by itself. Often? Run your own server, or enter a token with a higher limit.",
        ),
        ProviderError(
            "`42908` daily message quota reached",
            "The day's messages are used up.",
            "Nothing: it goes on at midnight UTC. Or enter the token of an account with a higher limit.",
        ),
        ProviderError(
            "`41301`, `41303` too large",
            "The server takes less than ntfy's usual 4,096 bytes.",
            "Ask the server's operator to raise message-size-limit.",
        ),
        ProviderError(
            "`50701` without previously active subscriber",
            "The topic's name begins with up, which is kept for UnifiedPush.",
            "Choose another topic.",
        ),
        ProviderError(
            "Answered 200, but not as ntfy does",
            "The address is that of another web page.",
            "Enter the server's address alone, such as https://ntfy.sh.",
        ),
    ),
)
