"""A push notification through Pushover.

**Source** of parameters, limits and answers: Pushover's documentation of its Message API.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.event import Severity
from pingpilot.domain.fitting import fit, one_line
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    Outcome,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.plain_text import plain_text
from pingpilot.domain.reply import Verdict, answered, classify, rate_limited, retry_after, seconds
from pingpilot.domain.wire import Call, Reply

API_URL = "https://api.pushover.net/1"
TITLE_MAX, MESSAGE_MAX, URL_MAX = 250, 1024, 512
"""In characters, whatever their size in bytes."""
AGAIN_AFTER = timedelta(seconds=5)
"""Pushover wants no request repeated sooner."""

_PRIORITIES: Mapping[Severity, int] = {
    Severity.INFO: 0,
    Severity.SUCCESS: 0,
    Severity.WARNING: 0,
    Severity.CRITICAL: 1,
}
"""1 is heard in quiet hours, too. 2, which asks to be acknowledged, is never used."""
_BY_STATUS: Mapping[int, Verdict] = {401: AddressSuspect, 403: AddressSuspect, 407: AddressSuspect}
"""Without Pushover's own words it is not Pushover that refuses."""

_KEY = re.compile(r"[A-Za-z0-9]{30}")
_REQUEST = re.compile(r"[A-Za-z0-9-]{1,64}")


def converse(message: Message, config: Config) -> Conversation:
    """Send one message to the devices of a user or group."""
    reply = yield Call.post_form(f"{config.get('api_url') or API_URL}/messages.json", _form(message, config))
    return _not_at_once(_outcome(reply, message, config))


def _form(message: Message, config: Config) -> dict[str, str]:
    links = ((message.url, "Open link"), (message.link, "Open the event"))
    url, url_title = next(((url, name) for url, name in links if url and len(url) <= URL_MAX), ("", ""))
    return {
        "token": _token(config),
        "user": config["user_key"],
        "title": fit(one_line(message.title), TITLE_MAX, size=len),
        "message": plain_text(message, MESSAGE_MAX, size=len, is_timed=False),
        "timestamp": str(int(message.occurred_at.timestamp())),
        "priority": str(_PRIORITIES[message.severity]),
        **({"url": url, "url_title": url_title} if url else {}),
    }


def _token(config: Config) -> str:
    """Return the application's token: the owner's own before the operator's."""
    return config.get("token") or config.get("app_token", "")


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden, is_ours = [_token(config), config["user_key"]], not config.get("token")
    detail = answered(reply, hidden, _errors(reply))
    if reply.status == 429:
        scope = Scope.CREDENTIAL if is_ours else Scope.ADDRESS
        return rate_limited(_to_reset(reply, message.at), detail, scope=scope)
    if reply.field("token") == "invalid":
        return (SenderBroken if is_ours else AddressDead)(detail, "invalid token")
    if reply.field("user") == "invalid":
        return AddressDead(detail, "invalid user")
    if reply.is_ok:
        return _accepted(reply, detail)
    return classify(reply, message.at, hidden, verdicts=_BY_STATUS, said=_errors(reply))


def _accepted(reply: Reply, detail: str) -> Outcome:
    if reply.field("status") == 1:
        found = reply.field("request")
        return Delivered(found if isinstance(found, str) and _REQUEST.fullmatch(found) else "")
    if reply.field("errors") is not None:
        return BadMessage(detail, str(reply.status))
    return Unknown("Pushover's answer was not readable.", str(reply.status))


def _errors(reply: Reply) -> str:
    found = reply.field("errors")
    return "; ".join(one for one in found if isinstance(one, str)) if isinstance(found, list) else ""


def _not_at_once(outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Transient):
        return outcome
    return replace(outcome, retry_after=max(AGAIN_AFTER, outcome.retry_after or AGAIN_AFTER))


def _to_reset(reply: Reply, at: datetime) -> timedelta | None:
    """Return the time until the month's messages are counted anew, which a header tells in seconds since 1970."""
    reset = reply.headers.get("x-limit-app-reset", "")
    if re.fullmatch("[0-9]{1,12}", reset):
        return seconds(int(reset) - at.timestamp())
    return retry_after(reply, at)


def _key_issue(key: str) -> str | None:
    return None if _KEY.fullmatch(key) else "Enter the 30 letters and digits as Pushover shows them."


def _either_issue(config: Config) -> tuple[str, str] | None:
    return None if _token(config) else ("token", "Enter an API token: this instance has none of its own.")


SPEC = ChannelSpec(
    kind="pushover",
    label="Pushover",
    icon="📳",
    summary="Pushes every event to your phones through Pushover.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="user_key",
            label="User key",
            help="Yours, or that of a delivery group: 30 letters and digits on Pushover's first page.",
            placeholder="uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
            is_secret=True,
            check=_key_issue,
        ),
        ChannelField(
            name="token",
            label="API token",
            help="Of your own Pushover application. May stay empty where this instance has one.",
            placeholder="azGDORePK8gMaC0QOYAMyEEuzJnyUi",
            is_secret=True,
            is_required=False,
            check=_key_issue,
        ),
    ),
    operator_fields=(
        ChannelField(
            name="app_token",
            label="API token",
            help="Of the instance's Pushover application, for owners who bring none of their own.",
            is_secret=True,
            is_required=False,
            check=_key_issue,
        ),
        ChannelField(
            name="api_url",
            label="Pushover API",
            help="Where Pushover's API answers.",
            is_required=False,
            default=API_URL,
        ),
    ),
    steps=(
        "Sign in at pushover.net and copy your user key from the first page.",
        "Choose Create an Application/API Token there, and copy its token, unless this instance brings one.",
        "Enter both here, and send the test message.",
    ),
    limits={"title": TITLE_MAX, "message": MESSAGE_MAX, "url": URL_MAX},
    check=_either_issue,
    address=lambda config: f"user {config.get('user_key', '')[:2]}…",
    errors=(
        ProviderError(
            "`user` invalid: user identifier is invalid",
            "The user key is wrong, or no device of it is active.",
            "Open Pushover on a device, copy the user key again and add the channel anew.",
        ),
        ProviderError(
            "`token` invalid: application token is invalid",
            "The API token is wrong, or its application was deleted.",
            "Enter the right one. If it is the instance's, its operator sets PINGPILOT_PUSHOVER_APP_TOKEN.",
        ),
        ProviderError(
            "`429`",
            "The application's messages of this month are used up.",
            "Wait for the 1st, or buy more at pushover.net. Messages wait as long as their 24 hours allow.",
        ),
        ProviderError(
            "`400` with other errors",
            "Pushover refuses this very message.",
            "Look at the event's page; report it if you see no reason.",
        ),
        ProviderError(
            "`5xx`",
            "Pushover has trouble.",
            "Nothing: it is tried again by itself.",
        ),
    ),
)
