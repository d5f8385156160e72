"""What is sent to Slack keeps the published limits of its blocks, and names only parameters that its API has."""

import pytest
from hypothesis import HealthCheck, given, settings

from pingpilot.channels import slack
from pingpilot.domain.message import utf16_len
from pingpilot.domain.outcome import Transient, Unknown
from pingpilot.domain.wire import Reply
from tests.conformance.channels.specs import published
from tests.conformance.channels.strategies import any_message
from tests.unit.channels.sample import CONFIGS, a_message, drive, json_reply, payload_of

TOTAL_MAX = 12_000
"""Not published: Slack refuses more than about 13,200 characters in all blocks."""
BLOCKS_MAX = 50
"""Published in prose alone: of a message. The list of limits has that of a view."""
BOT = {name: value for name, value in CONFIGS["slack"].items() if name != "url"}
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def limits():
    return published("slack-blockkit-limits.unofficial.json")


@pytest.fixture(scope="module")
def method():
    return published("slack-web-openapi-v2.json")["paths"]["/chat.postMessage"]["post"]


def misfits(blocks, limits):
    """Return what is wrong with blocks: kinds we do not use, and every limit that does not hold."""
    wrong = [f"{len(blocks)} blocks"] if not 0 < len(blocks) <= BLOCKS_MAX else []
    texts = [text for block in blocks for text in _texts(block, limits, wrong)]
    for text in texts:
        least, most = limits["text"]["min_length"], limits["text"]["max_length"]
        wrong += [] if least <= utf16_len(text["text"].strip()) <= most else [f"text of {len(text['text'])}"]
        wrong += _strays(text)
    total = sum(utf16_len(text["text"]) for text in texts)
    return wrong + ([f"{total} in all"] if total > TOTAL_MAX else [])


def _texts(block, limits, wrong):
    match block:
        case {"type": "section", "text": text, **rest} if not rest:
            return [text]
        case {"type": "section", "fields": [_, *_] as fields, **rest} if not rest:
            most = limits["section"]["fields"]
            wrong += [f"{len(fields)} fields"] if len(fields) > most["max_items"] else []
            wrong += [field["text"] for field in fields if utf16_len(field["text"]) > most["item_max_length"]]
            return fields
        case {"type": "context", "elements": [_, *_] as elements, **rest} if not rest:
            wrong += [f"{len(elements)} elements"] if len(elements) > limits["context"]["elements"]["max_items"] else []
            return elements
    wrong.append(f"unknown {block}")
    return []


def _strays(text):
    """Return members that a text object of this type does not have."""
    known = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
    return sorted(text.keys() - known[text["type"]])


@given(message=any_message())
@few
def test_the_blocks_keep_every_limit(limits, message):
    for config in (CONFIGS["slack"], BOT):
        assert not misfits(payload_of(next(slack.converse(message, config)))["blocks"], limits)


@given(message=any_message())
@few
def test_what_people_wrote_is_never_markup(message):
    blocks = payload_of(next(slack.converse(message, BOT)))["blocks"]
    plain = [text for block in blocks for text in (block.get("text"), *block.get("fields", ())) if text]
    ours = [text for text in plain if text["text"].startswith("👉 *<https://ping.example/answer/")]
    assert len(ours) == bool(message.choices)
    plain = [text for text in plain if text not in ours]
    assert not [text for text in plain[1:] if text["type"] != "plain_text" or set(text["text"]) & set("<>")]
    links = blocks[0]["text"]["text"] + blocks[-1]["elements"][-1]["text"]
    assert links.count("<") == links.count(">") <= 2


@pytest.mark.parametrize(
    "wrong",
    [
        [{"type": "section", "text": {"type": "plain_text", "text": "x" * 3001}}],
        [{"type": "section", "text": {"type": "plain_text", "text": " "}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}],
        [{"type": "section", "fields": [{"type": "plain_text", "text": "x"}] * 11}],
        [{"type": "section", "fields": [{"type": "plain_text", "text": "x" * 2001}]}],
        [{"type": "section", "text": {"type": "plain_text", "text": "x"}, "colour": 1}],
        [{"type": "section", "text": {"type": "plain_text", "text": "x" * 2900}}] * 5,
        [{"type": "context", "elements": [{"type": "plain_text", "text": "x"}] * 11}],
        [],
    ],
)
def test_the_walker_sees_wrong_blocks(limits, wrong):
    assert misfits(wrong, limits)


@given(message=any_message())
@few
def test_the_method_knows_every_parameter(method, message):
    kinds = {one["name"]: one["type"] for one in method["parameters"] if one["in"] == "formData"}
    required = {one["name"] for one in method["parameters"] if one.get("required")} - {"token"}
    payload = payload_of(next(slack.converse(message, BOT)))
    wanted = {"string": str, "boolean": bool}
    assert required <= payload.keys() <= kinds.keys()
    assert all(isinstance(value, wanted[kinds[name]]) for name, value in payload.items() if name != "blocks")
    hooked = payload_of(next(slack.converse(message, CONFIGS["slack"])))
    assert hooked | {"channel": payload["channel"]} == payload


def test_every_published_error_is_understood(method):
    errors = method["responses"]["default"]["schema"]["properties"]["error"]["enum"]
    found = {
        error: drive(slack.converse(a_message(), BOT), json_reply(200, {"ok": False, "error": error}))[0]
        for error in errors
    }
    assert not [error for error, outcome in found.items() if isinstance(outcome, Unknown | Transient)]


@given(message=any_message())
@few
def test_the_notification_is_one_line(message):
    text = payload_of(next(slack.converse(message, BOT)))["text"]
    assert 0 < utf16_len(text) <= 300
    assert not set(text) & set("<>\n")
    assert isinstance(drive(slack.converse(message, BOT), Reply(500))[0], Transient)
