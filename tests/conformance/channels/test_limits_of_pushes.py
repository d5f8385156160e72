"""Whatever the event, a push notification keeps its provider's limits and shows data as it is."""

from urllib.parse import parse_qsl

from hypothesis import given, settings

from pingpilot.channels import gotify, ntfy, pushover
from pingpilot.domain.message import utf16_len
from tests.conformance.channels.strategies import any_message
from tests.unit.channels.sample import CONFIGS, payload_of

slowly = settings(max_examples=150, deadline=None)


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


@given(any_message())
@slowly
def test_gotify(message):
    payload = payload_of(first(gotify, message))
    assert payload["message"].strip()
    assert utf16_len(payload["message"]) <= 10_000


@given(any_message())
@slowly
def test_pushover(message):
    form = dict(parse_qsl(first(pushover, message).body.decode(), strict_parsing=True))
    assert 0 < len(form["message"].strip()) <= 1024
    assert 0 < len(form["title"]) <= 250
    assert len(form.get("url", "")) <= 512
    assert not {"html", "monospace", "retry"} & form.keys()
