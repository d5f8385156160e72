"""What is sent is valid by the provider's own published description, where there is one."""

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from pingpilot.channels import discord_webhook, telegram
from tests.conformance.channels.specs import published
from tests.conformance.channels.strategies import any_message
from tests.unit.channels.sample import CONFIGS, payload_of

CLOSED = (
    "IncomingWebhookRequestPartial",
    "RichEmbed",
    "RichEmbedField",
    "RichEmbedFooter",
    "MessageAllowedMentionsRequest",
)
KINDS = {"Integer": int, "String": str, "Boolean": bool, "Float": float}
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def discord():
    """Discord's own schema of the request; closed, for as published it takes any unknown member."""
    components = published("discord-openapi.json")["components"]
    for name in CLOSED:
        components["schemas"][name]["additionalProperties"] = False
    return Draft202012Validator({"$ref": f"#/components/schemas/{CLOSED[0]}", "components": components})


@pytest.fixture(scope="module")
def bot_api():
    return published("telegram-bot-api.min.json")


def misfits(value, kinds, api):
    """Return what is wrong with a value by the Bot API's description; empty when it is one of the kinds."""
    found = [_misfits(value, kind, api) for kind in kinds]
    return min(found, key=len)


def _misfits(value, kind, api):
    if kind.startswith("Array of "):
        wrong = [] if isinstance(value, list) else [f"{value!r} is no array"]
        return wrong or [one for item in value for one in _misfits(item, kind.removeprefix("Array of "), api)]
    if kind in KINDS:
        is_right = isinstance(value, KINDS[kind]) and (kind == "Boolean") == isinstance(value, bool)
        return [] if is_right else [f"{value!r} is no {kind}"]
    return walk(value, api["types"][kind].get("fields", ()), api)


def walk(payload, fields, api):
    """Check the members of an object: unknown, missing, and wrong ones."""
    known = {field["name"]: field for field in fields}
    wrong = [f"unknown {name}" for name in payload if name not in known]
    wrong += [f"missing {name}" for name, field in known.items() if field["required"] and name not in payload]
    for name, value in payload.items():
        wrong += misfits(value, known[name]["types"], api) if name in known else []
    return wrong


def check(call, api):
    method = call.url.rpartition("/")[2]
    return walk(payload_of(call), api["methods"][method].get("fields", ()), api)


@given(message=any_message())
@few
def test_discord_takes_the_request(discord, message):
    call = next(discord_webhook.converse(message, CONFIGS["discord-webhook"]))
    assert not [error.message for error in discord.iter_errors(payload_of(call))]


def test_the_closed_schema_sees_a_wrong_request(discord):
    assert list(discord.iter_errors({"embeds": [{"titel": "x"}]}))
    assert list(discord.iter_errors({"embeds": [{"title": "x" * 257}]}))
    assert list(discord.iter_errors({"embeds": [{"fields": [{"name": "x"}]}]}))


@given(message=any_message())
@few
def test_telegram_takes_the_message(bot_api, message):
    assert not check(next(telegram.converse(message, CONFIGS["telegram"])), bot_api)


def test_telegram_takes_what_the_listener_asks(bot_api):
    config = CONFIGS["telegram"]
    calls = (
        telegram.poll("", config),
        telegram.poll("7", config),
        telegram.say("7", "x", config),
        telegram.who(config),
    )
    assert not [wrong for call in calls for wrong in check(call, bot_api)]


def test_the_walker_sees_a_wrong_request(bot_api):
    fields = bot_api["methods"]["sendMessage"]["fields"]
    assert walk({"text": 1, "chat": 1, "link_preview_options": {"off": True}}, fields, bot_api) == [
        "unknown chat",
        "missing chat_id",
        "1 is no String",
        "unknown off",
    ]
