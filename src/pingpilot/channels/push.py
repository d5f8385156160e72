"""A notification on the owner's own browsers and phones, by Web Push: no account with anybody is needed.

**Source:** RFC 8030 (urgency, topic, statuses), RFC 8291 (keys, size), and what Google's, Mozilla's, Apple's and
Microsoft's push services answer.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping

from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.event import Severity
from pingpilot.domain.fitting import fit, one_line, visible
from pingpilot.domain.message import Message
from pingpilot.domain.outcome import AddressDead, AddressSuspect, Outcome, Scope, SenderBroken, Transient
from pingpilot.domain.plain_text import plain_text
from pingpilot.domain.reply import Verdict, answered, classify
from pingpilot.domain.url import hidden_in, shown_of, url_issue
from pingpilot.domain.wire import Push, Reply

TITLE_MAX, BODY_MAX = 120, 900
"""In UTF-16 units, each at most 3 bytes of UTF-8: 3,993 bytes hold them and the link. No browser shows more."""
OTHER_KEY = (
    "The browser subscribed when this instance had another key. Press Notify this browser there again to renew it."
)

GONE = (
    "The browser takes our notifications no more: they were switched off there, or its data was cleared. "
    "Press Notify this browser there again."
)

_SERVICES = re.compile(
    r"https://(?:fcm\.googleapis\.com|updates\.push\.services\.mozilla\.com|web\.push\.apple\.com"
    r"|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.notify\.windows\.com)(?::443)?/"
)
"""The push services of the common browsers. Any other host is somebody's word, and goes through the guard."""
_VERDICTS: Mapping[int, Verdict] = {**dict.fromkeys((401, 403, 407), AddressSuspect), 406: Transient}
"""406 is Microsoft's word for too many. An unknown host that refuses us is no fault of this instance."""
_MISMATCHES = ("do not correspond to the credentials", "public key mismatch", "VapidPkHashMismatch")
_UNAUTHORIZED = "UnauthorizedRegistration"
_URGENCIES = {Severity.WARNING: "high", Severity.CRITICAL: "high"}

_POINT = re.compile(r"[A-Za-z0-9_-]{87}=?")
_AUTH = re.compile(r"[A-Za-z0-9_-]{22}(?:==)?")
_PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
"""Of P-256: y² = x³ - 3x + b. Source: FIPS 186-5."""


def converse(message: Message, config: Config) -> Conversation:
    """Push the message; while it waits, a retry takes its place, and on the screen too: a repeat does no harm."""
    endpoint = config["endpoint"]
    reply = yield Push(
        endpoint,
        config["p256dh"],
        config["auth"],
        payload_of(message),
        topic=str(message.delivery_id),
        urgency=_URGENCIES.get(message.severity, "normal"),
        is_user_host=_SERVICES.match(endpoint) is None,
    )
    return _outcome(reply, message, config)


def payload_of(message: Message) -> bytes:
    """Return what our worker in the browser gets, as JSON in UTF-8."""
    shown = {
        "title": fit(visible(one_line(message.title)), TITLE_MAX),
        "body": plain_text(message, BODY_MAX, is_timed=False),
        "color": message.color_hex,
        "tag": str(message.delivery_id),
        "event": str(message.event_id),
        "at": int(message.occurred_at.timestamp() * 1000),
        "isCritical": message.severity is Severity.CRITICAL,
    }
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def point_issue(value: str) -> str | None:
    """Return what is wrong with a browser's public key: 65 bytes in base64url, a point on P-256; None if nothing."""
    if _POINT.fullmatch(value) and _is_on_curve(_bytes(value)):
        return None
    return "Enter the browser's p256dh key as its subscription gives it."


def auth_issue(value: str) -> str | None:
    """Return what is wrong with a browser's shared secret: 16 bytes in base64url; None if nothing."""
    return None if _AUTH.fullmatch(value) else "Enter the browser's auth secret as its subscription gives it."


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    hidden = (*hidden_in(config["endpoint"]), config["p256dh"], config["auth"])
    if not reply.is_ok and reply.failure is None:
        said = reply.text
        if reply.status in {404, 410}:
            return AddressDead(GONE, str(reply.status))
        if reply.status in {400, 401, 403} and any(mark in said for mark in _MISMATCHES):
            return AddressDead(OTHER_KEY, str(reply.status))
        is_refused = reply.status in {401, 403} or (reply.status == 400 and _UNAUTHORIZED in said)
        if is_refused and _SERVICES.match(config["endpoint"]):
            # Of this service alone: the others have not been asked.
            return SenderBroken(answered(reply, hidden), str(reply.status), Scope.ADDRESS)
    return classify(reply, message.at, hidden, verdicts=_VERDICTS, is_idempotent=True)


def _bytes(value: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(value.rstrip("=") + "=")
    except binascii.Error:
        return b""


def _is_on_curve(point: bytes) -> bool:
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return point[:1] == b"\x04" and max(x, y) < _PRIME and (y * y - x * x * x + 3 * x - _B) % _PRIME == 0


SPEC = ChannelSpec(
    kind="push",
    label="Browser and phone",
    icon="📲",
    summary="Shows every event as a notification of your own browser or phone. No other account is needed.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="endpoint",
            label="Endpoint",
            help="The address that the browser's subscription gives.",
            placeholder="https://…",
            is_secret=True,
            check=url_issue,
        ),
        ChannelField(
            name="p256dh",
            label="Public key",
            help="The subscription's key p256dh.",
            is_secret=True,
            check=point_issue,
        ),
        ChannelField(
            name="auth",
            label="Shared secret",
            help="The subscription's key auth.",
            is_secret=True,
            check=auth_issue,
        ),
    ),
    steps=(
        "Open the dashboard in the browser that should notify you, over https:// or on localhost.",
        "Press Notify this browser on the Channels page, and allow notifications when the browser asks.",
        "On an iPhone or iPad, first choose Share, then Add to Home Screen, and press the button in that app.",
        "Do the same on every device: each is a destination of its own.",
    ),
    address=lambda config: shown_of(config.get("endpoint", "")),
    has_own_signature=True,
    unique_field="endpoint",
    errors=(
        ProviderError(
            "`404`, `410`",
            "The browser takes our notifications no more.",
            "Press Notify this browser there again.",
        ),
        ProviderError(
            "The key does not match",
            "The browser subscribed when this instance had another key.",
            "Press Notify this browser there again.",
        ),
        ProviderError(
            "`401`, `403`, `BadJwtToken`",
            "The browser's push service does not take this instance's signature, or its contact.",
            "Operator: check this machine's clock, and set PINGPILOT_SMTP_FROM to an address at a real domain.",
        ),
        ProviderError(
            "`413`",
            "The push service takes shorter messages only.",
            "Look at the event's page; report it if you see no reason.",
        ),
        ProviderError(
            "`406`, `429`",
            "Too many notifications at once.",
            "Nothing: it waits and tries again.",
        ),
    ),
)
