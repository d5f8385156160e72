"""The event as JSON to the owner's own URL, signed after Standard Webhooks.

**Source:** the Standard Webhooks specification: headers, signed text, secrets with ``whsec_``, what a status means.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from pingpilot.domain.category import color_text
from pingpilot.domain.channel import ChannelField, ChannelSpec, Config, Conversation, Proof, ProviderError
from pingpilot.domain.event import Severity
from pingpilot.domain.message import Message, instant_text
from pingpilot.domain.outcome import AddressSuspect, Delivered, Outcome
from pingpilot.domain.reply import Verdict, answered, classify
from pingpilot.domain.rotation import still_valid
from pingpilot.domain.url import hidden_in, shown_of, url_issue
from pingpilot.domain.wire import Call, Reply

EVENT_TYPE = "event.created"
SECRET_PREFIX = "whsec_"  # noqa: S105 — what every secret begins with
RETIRED = "old_secrets"
SECRET_MIN_BYTES, SECRET_MAX_BYTES = 24, 64

_MEMBERS = ("eventId", "category", "title", "description", "severity", "color", "url", "link", "occurredAt")
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_DELIVERED = Delivered()
_VERDICTS: dict[int, Verdict] = {401: AddressSuspect, 403: AddressSuspect, 407: AddressSuspect}
"""Here it is the owner's endpoint that refuses, not a credential of the instance."""


def converse(message: Message, config: Config) -> Conversation:
    """Post the event once; every attempt of a delivery carries the same ``webhook-id``, so a repeat can be told."""
    body = body_of(message)
    headers = headers_of(message, _secrets(message, config), body)
    reply = yield Call("POST", config["url"], headers, body, is_user_host=True)
    return _outcome(reply, message, config)


def body_of(message: Message) -> bytes:
    """Return the JSON body, the same for every attempt; field values keep their types and numbers their digits."""
    named = message.event_id, message.category, message.title, message.description, message.severity, message.color
    return _body(*named, message.url, message.link, message.occurred_at, message.fields_json)


def headers_of(message: Message, secrets: Iterable[str], body: bytes) -> dict[str, str]:
    """Return the headers of one attempt, signed with each of the secrets."""
    identity, timestamp = str(message.delivery_id), str(int(message.at.timestamp()))
    return {
        "Content-Type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(sign(secret, identity, timestamp, body) for secret in secrets),
    }


def sign(secret: str, identity: str, timestamp: str, body: bytes) -> str:
    """Return one signature: ``v1,`` and the HMAC-SHA256 of id, time and body in base64."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{identity}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def secret_issue(secrets: str) -> str | None:
    """Return what is wrong with the signing secrets; None when each is right."""
    if all(map(_is_secret, secrets.split() or [""])):
        return None
    return (
        f"Enter {SECRET_PREFIX} followed by {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} random bytes in base64, "
        "or leave it empty and one is made for you."
    )


@lru_cache(maxsize=256)  # the deliveries of one event ask soon after each other
def _body(  # noqa: PLR0913, PLR0917 - what a body is made of
    event_id: str,
    category: str,
    title: str,
    description: str,
    severity: Severity,
    color: int,
    url: str,
    link: str,
    occurred_at: datetime,
    fields_json: str,
) -> bytes:
    named = (event_id, category, title, description, severity.value, color_text(color))
    data = dict(zip(_MEMBERS, (*named, url or None, link, instant_text(occurred_at)), strict=True))
    # The fields are spliced in as text: parsing them would turn 99.90 into 99.9.
    members = f'{_json(data)[:-1]},"fields":{fields_json}}}'
    envelope = {"type": EVENT_TYPE, "timestamp": data["occurredAt"]}
    return f'{_json(envelope)[:-1]},"data":{members}}}'.encode("utf-8", "backslashreplace")


def _is_secret(secret: str) -> bool:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(SECRET_PREFIX) and SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES


def _secrets(message: Message, config: Config) -> list[str]:
    """Return the secrets that sign now: the present ones first, then those that were replaced a short while ago."""
    kept = config.get(RETIRED)
    return [*config["secret"].split(), *(still_valid(kept, message.at) if kept else ())]


def _outcome(reply: Reply, message: Message, config: Config) -> Outcome:
    if reply.is_ok:
        return Delivered(detail=answered(reply, _hidden(message, config))) if reply.body else _DELIVERED
    if 300 <= reply.status < 400:
        detail = f"Answered {reply.status}, a redirect. Redirects are never followed: enter the URL it leads to."
        return AddressSuspect(detail, str(reply.status))
    return classify(reply, message.at, _hidden(message, config), verdicts=_VERDICTS, is_idempotent=True)


def _hidden(message: Message, config: Config) -> tuple[str, ...]:
    return (*hidden_in(config["url"]), *_secrets(message, config))


SPEC = ChannelSpec(
    kind="webhook",
    label="Webhook",
    icon="🪝",
    summary="Posts every event as signed JSON to a URL of yours.",
    proof=Proof.TEST,
    owner_fields=(
        ChannelField(
            name="url",
            label="URL",
            help="Gets a POST with the event as JSON and must answer 2xx within 20 seconds.",
            placeholder="https://example.com/hooks/pingpilot",
            is_secret=True,
            check=url_issue,
        ),
        ChannelField(
            name="secret",
            label="Signing secret",
            help="Check the webhook-signature header with it. Leave empty to have one made. You can replace it later "
            "without a gap: the old one signs beside the new one for as long as you choose.",
            placeholder="whsec_…",
            is_secret=True,
            is_required=False,
            is_generated=True,
            retired_as=RETIRED,
            check=secret_issue,
        ),
    ),
    steps=(
        "Make an address in your application that takes POST requests with JSON and answers 2xx.",
        "Enter its URL here. A signing secret is made and shown to you once: keep it in your application.",
        "Verify each call with a Standard Webhooks library: it reads the three headers that begin with webhook-.",
        "Use webhook-id to notice a repeat: it is the same on every retry of one delivery.",
        "Send the test message. Answering 410 later switches this destination off.",
    ),
    address=lambda config: shown_of(config.get("url", "")),
    errors=(
        ProviderError(
            "`410` Gone",
            "Your endpoint wants no more calls.",
            "Switch the destination on once it does.",
        ),
        ProviderError(
            "`401`, `403`, `404`, `405`",
            "Something at this URL refuses the call.",
            "Let it take a POST without a login: the signature proves who calls.",
        ),
        ProviderError(
            "A redirect (`3xx`)",
            "Redirects are never followed.",
            "Enter the URL that it leads to.",
        ),
        ProviderError(
            "`400`, `413`, `422`",
            "Your endpoint refuses this very event.",
            "Look into its log; send the event again from its page.",
        ),
        ProviderError(
            "`429`, `503` with Retry-After",
            "Your endpoint wants a pause.",
            "Nothing: it gets one.",
        ),
        ProviderError(
            "`5xx`, or no answer within 20 seconds",
            "Your endpoint has trouble, or does its work before it answers.",
            "Answer first and work afterwards; use webhook-id to notice a repeat.",
        ),
        ProviderError(
            "The host has a private or local address",
            "This instance does not call private networks.",
            "Use a public address, or ask the operator for PINGPILOT_ALLOW_PRIVATE_DESTINATIONS.",
        ),
    ),
)
