"""A channel that can be set up in several ways keeps its promises in each, and hears its provider whatever it says."""

from itertools import repeat
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.channels import pushover, slack, whatsapp
from pingpilot.deliver.conversation import STEPS_MAX
from pingpilot.domain.incoming import Answer
from pingpilot.domain.outcome import Outcome
from pingpilot.domain.wire import Call, Reply
from tests.conformance.channels.strategies import any_message, any_reply
from tests.unit.channels.sample import CONFIGS, a_message, json_reply
from tests.unit.channels.whatsapp_sample import META, OPEN, TWILIO, WAMID, from_meta, from_twilio, meta_payload

VARIANTS = {
    "slack, bot": (slack, {name: CONFIGS["slack"][name] for name in ("token", "channel")}),
    "pushover, operator's token": (pushover, {"user_key": "u" * 30, "app_token": "aOperatorsTokenOf30Characters0"}),
    "whatsapp, text": (whatsapp, META | OPEN),
    "whatsapp, twilio's template": (whatsapp, TWILIO),
    "whatsapp, twilio's text": (whatsapp, TWILIO | OPEN),
}
SECRETS = frozenset({"token", "app_token", "app_secret", "verify_token", "twilio_auth_token", "user_key", "number"})
every_variant = pytest.mark.parametrize("name", VARIANTS)

MEMBERS = st.sampled_from(
    ["statuses", "messages", "errors", "id", "status", "from", "text", "body", "timestamp", "recipient_id", "code"]
)
TOLD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([WAMID, "failed", "15551234567"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=12,
)
FORM = st.dictionaries(
    st.sampled_from(["MessageSid", "MessageStatus", "ErrorCode", "From", "To", "Body"]),
    st.text(max_size=20) | st.sampled_from(["failed", "SM" + "c" * 32, "63016", "whatsapp:+15551234567"]),
)


def converse(name, message, replies):
    """Run a conversation; return what it said and its outcome."""
    channel, config = VARIANTS[name]
    conversation = channel.converse(message, config)
    said = [next(conversation)]
    try:
        for reply in replies:
            said += [conversation.send(reply)]
            assert len(said) <= STEPS_MAX
    except StopIteration as end:
        return said, end.value
    raise AssertionError("no outcome")


@every_variant
@given(message=any_message(), replies=st.lists(any_reply(), min_size=STEPS_MAX, max_size=STEPS_MAX))
@settings(max_examples=100, deadline=None)
def test_whatever_comes_back_ends_in_an_outcome(name, message, replies):
    said, outcome = converse(name, message, replies)
    assert isinstance(outcome, Outcome)
    assert len(outcome.detail) < 300
    assert all(isinstance(one, Call) and one.body.decode() for one in said)


@every_variant
@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_secrets_and_addresses_show_nowhere(name, status):
    _, config = VARIANTS[name]
    values = [value for key, value in config.items() if key in SECRETS]
    shown = " ".join(values)
    for body in ({"message": shown}, {"error": {"code": 1, "message": shown}}, {"errors": [shown]}, {"error": shown}):
        said, outcome = converse(name, a_message(), repeat(json_reply(status, body)))
        assert not [value for value in values if value in "".join(map(repr, (*said, outcome)))]


@given(value=st.dictionaries(MEMBERS, TOLD))
@settings(max_examples=200, deadline=None)
def test_whatever_meta_signs_is_heard_without_an_error(value):
    metadata = {"phone_number_id": META["phone_number_id"]}
    assert isinstance(whatsapp.called(from_meta(meta_payload({"metadata": metadata} | value)), META), Answer)


@given(form=FORM)
@settings(max_examples=200, deadline=None)
def test_whatever_twilio_signs_is_heard_without_an_error(form):
    request = from_twilio(form)
    assert dict(parse_qsl(request.body.decode(), keep_blank_values=True)) == form
    assert isinstance(whatsapp.called(request, TWILIO), Answer)


def test_a_silence_after_the_text_is_not_followed_by_a_template():
    said, _ = converse("whatsapp, text", a_message(), repeat(Reply(500)))
    assert len(said) == 1
