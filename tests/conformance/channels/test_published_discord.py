"""Whatever Discord answers, each request of its channels is one that its published description allows."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pingpilot.domain.message import utf16_len
from tests.conformance.channels.dialogue import calls_of
from tests.conformance.channels.specs import published
from tests.conformance.channels.strategies import any_message, any_reply
from tests.unit.channels.sample import CONFIGS, json_reply, payload_of

API = "https://discord.com/api/v10"
OPERATIONS = {
    "/users/@me/channels": r"/users/@me/channels",
    "/channels/{channel_id}/messages": r"/channels/[0-9]{17,20}/messages",
    "/webhooks/{webhook_id}/{webhook_token}": r"/webhooks/[0-9]{17,20}/[\w-]+\?wait=true(&with_components=true)?",
}
CLOSED = (
    *("IncomingWebhookRequestPartial", "MessageCreateRequest", "CreatePrivateChannelRequest"),
    *("RichEmbed", "RichEmbedField", "RichEmbedFooter", "MessageAllowedMentionsRequest"),
    *("ActionRowComponentForMessageRequest", "ButtonComponentForMessageRequest"),
)
CONTENT_MAX, EMBEDS_MAX = 2000, 6000
"""The description allows more, and says nothing of the sum."""
DM = "323456789012345678"
TURNS = st.sampled_from(
    [
        json_reply(200, {"id": DM}),
        json_reply(400, {"code": 50035, "errors": {"embeds": {"0": {"url": {}}}}}),
        json_reply(400, {"code": 50035, "errors": {"components": {"0": {"components": {"0": {"url": {}}}}}}}),
        json_reply(404, {"code": 10003}),
        json_reply(403, {"code": 50001}),
        json_reply(400, {"code": 240000}),
    ]
)
DESTINATIONS = {
    "discord": CONFIGS["discord"],
    "discord, known": {**CONFIGS["discord"], "dm_channel_id": DM},
    "discord-webhook": CONFIGS["discord-webhook"],
}
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def api():
    """Discord's own description; closed, for as published it takes any unknown member."""
    found = published("discord-openapi.json")
    for name in CLOSED:
        found["components"]["schemas"][name]["additionalProperties"] = False
    return found


def wrong(api, call):
    """Return what Discord's description, and its limits, have against a request."""
    payload, path = payload_of(call), call.url.removeprefix(API)
    (operation,) = (name for name, pattern in OPERATIONS.items() if re.fullmatch(pattern, path))
    schema = api["paths"][operation]["post"]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": api["components"]})
    issues = [error.message for error in validator.iter_errors(payload)]
    return issues if operation == "/users/@me/channels" else [*issues, *unwritten(payload)]


def unwritten(payload):
    """Yield what breaks the limits that stand in the documents alone."""
    embeds = payload.get("embeds", [])
    if not embeds and not payload.get("content"):
        yield "nothing to say"
    if utf16_len(payload.get("content", "")) > CONTENT_MAX:
        yield "content too long"
    if sum(map(size_of, embeds)) > EMBEDS_MAX:
        yield "embeds too long"


def size_of(embed):
    texts = [embed["title"], embed["description"], embed.get("footer", {}).get("text", "")]
    texts += [text for field in embed["fields"] for text in (field["name"], field["value"])]
    return sum(map(utf16_len, texts))


@pytest.mark.parametrize("destination", DESTINATIONS)
@given(message=any_message(), replies=st.lists(TURNS | any_reply(), min_size=8, max_size=8))
@few
def test_every_request_is_allowed(api, destination, message, replies):
    kind = destination.partition(",")[0]
    for call in calls_of(kind, message, DESTINATIONS[destination], replies):
        assert call.method == "POST"
        assert not wrong(api, call)


def test_a_wrong_request_is_seen(api):
    schema = {"$ref": "#/components/schemas/MessageCreateRequest", "components": api["components"]}
    validator = Draft202012Validator(schema)
    for bad in (
        {"embeds": [{"titel": "x"}]},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"fields": [{"name": "x"}]}]},
        {"nonce": "x" * 26},
        {"nonse": "x"},
    ):
        assert list(validator.iter_errors(bad)), bad
    assert list(unwritten({"content": "x" * 2001})) == ["content too long"]
    assert list(unwritten({})) == ["nothing to say"]
