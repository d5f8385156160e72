"""Whatever the event, a push notification keeps its provider's limits and shows data as it is."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from pingpilot.channels import gotify, ntfy, pushover
from pingpilot.domain.message import utf16_len
from tests.conformance.channels.strategies import any_message
from tests.unit.channels.sample import CONFIGS, payload_of

TEXT, NUMBER, FLAG, LIST, MAP = ({"type": kind} for kind in ("string", "integer", "boolean", "array", "object"))
DIGITS = {"type": "string", "pattern": "^-?[0-9]+$"}
MEMBERS = {
    "ntfy": {
        **dict.fromkeys(("topic", "message", "title", "click", "attach", "icon", "filename", "delay"), TEXT),
        **dict.fromkeys(("email", "call", "sequence_id"), TEXT),
        "tags": {**LIST, "items": TEXT},
        "priority": {**NUMBER, "minimum": 1, "maximum": 5},
        "actions": LIST,
        "markdown": FLAG,
    },
    "gotify": {"message": TEXT, "title": TEXT, "priority": NUMBER, "extras": {**MAP, "additionalProperties": MAP}},
    "pushover": {
        **dict.fromkeys(("token", "user", "message", "title", "device", "sound", "url", "url_title"), TEXT),
        **dict.fromkeys(("html", "monospace", "ttl", "timestamp"), DIGITS),
        "priority": {"type": "string", "pattern": "^(-2|-1|0|1|2)$"},
    },
}
"""Every member that the providers' documents name; no machine-readable description of them is published."""
REQUIRED = {"ntfy": ["topic"], "gotify": ["message"], "pushover": ["token", "user", "message"]}
slowly = settings(max_examples=150, deadline=None)


def misfits(kind, payload):
    schema = {"type": "object", "properties": MEMBERS[kind], "required": REQUIRED[kind], "additionalProperties": False}
    return [error.message for error in Draft202012Validator(schema).iter_errors(payload)]


def first(channel, message):
    return next(channel.converse(message, CONFIGS[channel.SPEC.kind]))


@given(any_message())
@slowly
def test_ntfy_takes_it_as_a_message_and_not_as_a_file(message):
    call = first(ntfy, message)
    payload = payload_of(call)
    assert len(call.body) <= 8192
    assert 0 < len(payload["message"].strip().encode()) <= 4096
    assert not [tag for tag in payload["tags"] if "," in tag]
    assert not misfits("ntfy", payload)


@given(any_message())
@slowly
def test_gotify(message):
    payload = payload_of(first(gotify, message))
    assert payload["message"].strip()
    assert utf16_len(payload["message"]) <= 10_000
    assert not misfits("gotify", payload)


@given(any_message())
@slowly
def test_pushover(message):
    form = dict(parse_qsl(first(pushover, message).body.decode(), strict_parsing=True))
    assert 0 < len(form["message"].strip()) <= 1024
    assert 0 < len(form["title"]) <= 250
    assert len(form.get("url", "")) <= 512
    assert not {"html", "monospace", "retry"} & form.keys()
    assert not misfits("pushover", form)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("ntfy", {"topic": "a", "sequence": "b"}),
        ("ntfy", {"topic": "a", "priority": 6}),
        ("gotify", {"title": "a"}),
        ("gotify", {"message": "a", "priority": "1"}),
        ("pushover", {"token": "a", "user": "b", "message": "c", "priority": "3"}),
        ("pushover", {"token": "a", "user": "b", "message": "c", "timestamp": "1.5"}),
    ],
)
def test_a_wrong_request_is_seen(kind, wrong):
    assert misfits(kind, wrong)
