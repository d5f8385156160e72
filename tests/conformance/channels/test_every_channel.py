"""What holds for every channel that is found, whatever it is asked to say and whatever comes back."""

import json
from itertools import chain, product, repeat
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.channels import find_channels
from pingpilot.deliver.conversation import STEPS_MAX
from pingpilot.domain.channel import Proof
from pingpilot.domain.outcome import Outcome, RateLimited
from pingpilot.domain.wire import FORM, Call, Failure, Reply, Said
from tests.conformance.channels.strategies import any_message, any_reply
from tests.unit.channels.sample import CONFIGS, a_message

CHANNELS = find_channels()
ECHOES = (
    *("{0}", "5.1.1 <{0}>", '{{"message":"{0}"}}', '{{"description":"{0}","code":50035}}', '{{"id":"{0}"}}'),
    *('{{"ok":false,"error":"{0}"}}', '{{"error":"{0}","code":40301}}', '{{"errors":["{0}"],"status":0}}'),
    *('{{"errorDescription":"{0}","errorCode":401}}', '{{"error":{{"code":190,"message":"{0}"}}}}', '{{"code":"{0}"}}'),
)
"""How a provider may give back what it was sent: as text, and in every member that some channel reads."""
STATUSES = (200, 301, 400, 401, 403, 404, 410, 418, 429, 500, 550)
every_channel = pytest.mark.parametrize("kind", sorted(CHANNELS))


def converse(kind, message, replies):
    """Run a conversation; return what it said and its outcome."""
    conversation, said = CHANNELS[kind].converse(message, CONFIGS[kind]), []
    try:
        said.append(next(conversation))
        for reply in replies:
            said.append(conversation.send(reply))
            assert len(said) <= STEPS_MAX
    except StopIteration as end:
        return said, end.value
    raise AssertionError("no outcome")


def hidden_values(kind):
    spec = CHANNELS[kind].SPEC
    secret = {field.name for field in (*spec.owner_fields, *spec.operator_fields) if field.is_secret}
    values = chain.from_iterable(value.split() for name, value in CONFIGS[kind].items() if name in secret)
    return [*values, *(value for name, value in CONFIGS[kind].items() if name in {"to", "chat_id"})]


@every_channel
@given(message=any_message(), replies=st.lists(any_reply(), min_size=STEPS_MAX, max_size=STEPS_MAX))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_back_ends_in_an_outcome(kind, message, replies):
    said, outcome = converse(kind, message, replies)
    assert isinstance(outcome, Outcome)
    assert all(isinstance(one, Said) for one in said)
    assert len(outcome.detail) < 300
    if isinstance(outcome, RateLimited):
        assert 1 <= outcome.retry_after.total_seconds() <= 86_400


@every_channel
@pytest.mark.parametrize("failure", Failure)
def test_every_silence_ends_in_an_outcome(kind, failure):
    assert isinstance(converse(kind, a_message(), repeat(Reply(failure=failure)))[1], Outcome)


@every_channel
def test_secrets_and_addresses_show_nowhere(kind):
    values = hidden_values(kind)
    echo = " ".join(value.replace('"', "") for value in values)
    for status, form in product(STATUSES, ECHOES):
        reply = Reply(status, {"location": values[0], "x-echo": values[0]}, form.format(echo).encode())
        said, outcome = converse(kind, a_message(), repeat(reply))
        shown = "".join(map(repr, (*said, reply, outcome)))
        assert not [value for value in values if value in shown and not value.isdigit()], (status, form)


@every_channel
def test_a_conversation_depends_on_its_arguments_alone(kind):
    first, second = (next(CHANNELS[kind].converse(a_message(), CONFIGS[kind])) for _ in range(2))
    assert first == second


@every_channel
def test_the_description_serves_forms_and_docs(kind):
    spec = CHANNELS[kind].SPEC
    fields = (*spec.owner_fields, *spec.operator_fields)
    assert spec.kind == kind
    assert all((spec.label, spec.icon, spec.steps))
    assert spec.summary.endswith(".")
    assert all(step.endswith(".") for step in (*spec.steps, *spec.operator_steps))
    assert all(field.label and field.help.endswith(".") for field in fields)
    assert len({field.name for field in fields}) == len(fields)
    assert not spec.linked_field or spec.linked_field in {field.name for field in spec.owner_fields}
    assert (spec.proof is Proof.LINK) == bool(spec.linked_field)
    assert not spec.unique_field or spec.unique_field in {field.name for field in spec.owner_fields}


@every_channel
def test_the_description_says_what_errors_mean_and_what_to_do(kind):
    errors = CHANNELS[kind].SPEC.errors
    assert errors
    assert all(one.says and one.means.endswith(".") and one.remedy.endswith(".") for one in errors)
    assert len({one.says for one in errors}) == len(errors)


@every_channel
def test_the_checks_take_the_sample_and_speak_in_sentences(kind):
    fields = {field.name: field for field in CHANNELS[kind].SPEC.owner_fields}
    for name, field in fields.items():
        assert field.check(CONFIGS[kind][name]) is None
        assert (field.check("\x00 nothing right") or "").endswith(".")


@every_channel
def test_the_address_in_a_list_tells_no_secret(kind):
    address = CHANNELS[kind].SPEC.address(CONFIGS[kind])
    assert 0 < len(address) < 60
    assert not [value for value in hidden_values(kind) if value in address]
    assert isinstance(CHANNELS[kind].SPEC.address({}), str)


@every_channel
def test_a_body_is_utf_8(kind):
    message = a_message(description="lone \ud800 surrogate", fields_json=json.dumps({"a": "\udfff"}))
    for one in converse(kind, message, repeat(Reply(200, body=b'{"ok":true}')))[0]:
        if isinstance(one, Call) and one.headers["Content-Type"] == FORM:
            parse_qsl(one.body.decode("ascii"), strict_parsing=True, errors="strict")
        elif isinstance(one, Call):
            json.loads(one.body.decode("utf-8"))
