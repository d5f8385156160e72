"""Whatever Telegram answers, each request of its channel is one that the Bot API describes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pingpilot.channels import telegram
from pingpilot.domain.incoming import Pressed
from pingpilot.domain.message import utf16_len
from tests.conformance.channels.dialogue import calls_of
from tests.conformance.channels.specs import published
from tests.conformance.channels.strategies import any_message, any_reply
from tests.unit.channels.sample import CONFIGS, json_reply, payload_of

KINDS = {"Integer": int, "String": str, "Boolean": bool, "Float": float}
CONFIG = CONFIGS["telegram"]
PRESS = Pressed("e" * 32, 0, {"chat_id": "7"}, "Ada", {"query": "1", "chat": "7", "message": "5"})
TEXT_MAX = 4096
"""The description gives lengths in prose only."""
TURNS = st.sampled_from(
    [
        json_reply(200, {"ok": True, "result": {"message_id": 7}}),
        json_reply(400, {"ok": False, "parameters": {"migrate_to_chat_id": -1001234567890}}),
        json_reply(400, {"ok": False, "description": "Bad Request: can't parse entities: x"}),
        json_reply(400, {"ok": False, "description": "Bad Request: message thread not found"}),
    ]
)
few = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


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


@given(message=any_message(), replies=st.lists(TURNS | any_reply(), min_size=8, max_size=8))
@few
def test_every_request_is_described(bot_api, message, replies):
    for call in calls_of("telegram", message, CONFIG, replies):
        assert not check(call, bot_api)
        assert 0 < utf16_len(payload_of(call)["text"]) <= TEXT_MAX


def test_what_the_listener_asks_is_described(bot_api):
    calls = (
        telegram.poll("", CONFIG),
        telegram.poll("7", CONFIG),
        telegram.say("7", "x", CONFIG),
        telegram.who(CONFIG),
        telegram.unhook(CONFIG),
        *telegram.settled(PRESS, "Yes", CONFIG),
        *filter(None, [telegram.hook({**CONFIG, "public_url": "https://ping.example", "hook_secret": "5" * 64})]),
    )
    assert len(calls) == 9
    assert not [wrong for call in calls for wrong in check(call, bot_api)]


def test_the_walker_sees_a_wrong_request(bot_api):
    fields = bot_api["methods"]["sendMessage"]["fields"]
    assert walk({"text": 1, "chat": 1, "link_preview_options": {"off": True}}, fields, bot_api) == [
        "unknown chat",
        "missing chat_id",
        "1 is no String",
        "unknown off",
    ]
