"""A message, settings and answers to try channels with."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pingpilot.domain.channel import Conversation
from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId, EventId
from pingpilot.domain.message import Message, Source, compose
from pingpilot.domain.outcome import Outcome
from pingpilot.domain.wire import Call, Reply, Said
from tests.planted import plant

NOW = datetime(2026, 11, 23, 5, 27, tzinfo=UTC)
SECRET = plant("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
DISCORD_TOKEN = plant("aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789_aBcDeFgHiJkLmNoPqRsTuVwXyZ-0123")
BROWSER = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
"""The keys of the browser in RFC 8291, appendix A."""
CONFIGS = {
    "email": {"to": "ada@example.com", "public_url": "https://ping.example"},
    "webhook": {"url": "https://hooks.example/in/s3cr3t-path?key=q-s3cr3t", "secret": SECRET},
    "discord": {
        "user_id": "223456789012345678",
        "bot_token": "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB",
        "public_key": "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    },
    "discord-webhook": {"url": f"https://discord.com/api/webhooks/123456789012345678/{DISCORD_TOKEN}"},
    "ntfy": {"server": "https://push.example", "topic": "pings-8Zq3xV", "token": "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"},
    "gotify": {"server": "https://gotify.example/at", "token": "AbCdEfGhIjKlMnO"},
    "pushover": {"user_key": "uQiRzpo4DXghDmr9QzzfQu27cmVRsG", "token": "azGDORePK8gMaC0QOYAMyEEuzJnyUi"},
    "slack": {
        "url": "https://hooks.slack.com/services/T01234567/B01234567/aBcDeFgHiJkLmNoPqRsTuVwX",
        "token": "xoxb-123456789012-123456789012-aBcDeFgHiJkLmNoPqRsTuVwX",
        "channel": "C0123456789",
    },
    "whatsapp": {
        "number": "+15551234567",
        "business_number": "+15550783881",
        "phone_number_id": "106540352242922",
        "token": "EAAJB-made-up-system-user-token",
        "app_secret": "614fc2afde15eee07a26b2fe3eaee9b9",
        "verify_token": "meatyhamhock",
        "template": "event_notice",
    },
    "telegram": {"chat_id": "123456789", "bot_token": "987654321:AAabcdefghijklmnopqrstuvwxyz012345"},
    "apprise": {"url": "pbul://aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567"},
    "push": {"endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAA-s3cr3t", **BROWSER},
}
"""One right configuration of each channel; a new channel adds its own."""

SOURCE = Source(
    event_id=EventId("e" * 32),
    category="sale",
    emoji="💰",
    color=0xFFEB3B,
    description="A new sale",
    fields_json='{"amount":99.90,"plan":"PRO","paid":true}',
    severity=Severity.SUCCESS,
    occurred_at=NOW,
    received_at=NOW,
    url=None,
)


def a_message(
    *, late: timedelta = timedelta(), is_maybe_repeat: bool = False, fields: dict[str, object] | None = None, **changes
) -> Message:
    if fields is not None:
        changes["fields_json"] = json.dumps(fields)
    source = replace(SOURCE, **changes)
    link = f"https://ping.example/dashboard/events/{source.event_id}"
    return compose(source, DeliveryId("d" * 32), NOW + late, link, is_maybe_repeat=is_maybe_repeat)


def drive(conversation: Conversation, *replies: Reply) -> tuple[Outcome, list[Said]]:
    """Answer a conversation with the replies in turn; return its outcome and all it said."""
    said = [next(conversation)]
    try:
        for reply in replies:
            said += [conversation.send(reply)]  # extend() would swallow the StopIteration
    except StopIteration as end:
        return end.value, said
    raise AssertionError("the channel wants to say more")


def json_reply(status: int, payload: object, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(payload).encode())


def payload_of(call: Said) -> dict[str, Any]:
    assert isinstance(call, Call)
    payload: dict[str, Any] = json.loads(call.body)
    return payload
