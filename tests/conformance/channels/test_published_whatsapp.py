"""What is sent by WhatsApp is valid by Meta's and Twilio's published descriptions, and keeps rules that they lack."""

import json
import re
from itertools import repeat
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pingpilot.channels import whatsapp
from pingpilot.domain.message import utf16_len
from tests.conformance.channels.dialogue import calls_of
from tests.conformance.channels.specs import published
from tests.conformance.channels.strategies import any_message, any_reply
from tests.unit.channels.sample import a_message, payload_of
from tests.unit.channels.whatsapp_sample import (
    META,
    QUEUED,
    TWILIO,
    meta_error,
    meta_payload,
    meta_value,
    said,
    status,
    twilio_error,
)

TEMPLATE_BODY_MAX, TEMPLATE_OWN_WORDS = 1024, 200
"""Not published: of the body after substitution; and what of it is the operator's."""
FORBIDDEN = re.compile(r"[\n\t\r]| {5,}")
"""Not published: what a template's parameter may not hold."""
few = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def cloud():
    """Meta's schemas by the type of message, patched where they contradict Meta's own examples.

    Parts of an ``allOf`` each forbid the others' members; a language's policy, the recipient's type and the index of
    a button are described otherwise than they are used; lists and parameters leave their members open.
    """
    components = published("whatsapp-business-messaging-v23.0.yaml")["components"]
    schemas = components["schemas"]
    for schema in [schema for schema in schemas.values() if "allOf" in schema]:
        for part in schema["allOf"]:
            part.pop("additionalProperties", None)
        schema["unevaluatedProperties"] = False
    schemas["LanguageObject"]["required"] = ["code"]
    schemas["TemplateComponent"]["properties"]["index"] = {"type": ["string", "integer"], "pattern": "^[0-9]$"}
    schemas["BaseMessageProperties"]["required"].remove("recipient_type")
    schemas["TemplateObject"]["additionalProperties"] = False
    schemas["TemplateObject"]["properties"]["components"]["items"] = {"$ref": "#/components/schemas/BodyComponent"}
    schemas["BodyComponent"]["allOf"][1]["properties"]["parameters"]["items"] = {
        "$ref": "#/components/schemas/TextParameter"
    }
    # What people write is described under a second name, which by mistake stands on the first one's parts.
    schemas["TextMessage_2"]["allOf"][0] = {"$ref": "#/components/schemas/BaseMessageProperties_1"}
    names = {"text": "TextMessage", "template": "TemplateMessage", "words": "TextMessage_2", "call": "WebhookPayload"}
    return {
        kind: Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})
        for kind, name in names.items()
    }


@pytest.fixture(scope="module")
def twilio():
    path = published("twilio-api-v2010.json")["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
    schema = path["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    return Draft202012Validator(schema | {"additionalProperties": False})


def first(message, config):
    return next(whatsapp.converse(message, config))


def open_for(message):
    """A person's word at the time of the attempt: the window is open."""
    return {"heard_at": str(int(message.at.timestamp()))}


def misfits(validator, payload):
    return [error.message for error in validator.iter_errors(payload)]


def broken_rules(parameters):
    """Return which of WhatsApp's unpublished rules these parameters of a template break."""
    wrong = [text for text in parameters if not text.strip() or FORBIDDEN.search(text)]
    total = sum(map(utf16_len, parameters))
    return wrong + ([str(total)] if total > TEMPLATE_BODY_MAX - TEMPLATE_OWN_WORDS else [])


@given(message=any_message(), reply=st.just(meta_error(131047)) | any_reply())
@few
def test_meta_takes_the_text_and_what_follows_its_answer(cloud, message, reply):
    calls = calls_of("whatsapp", message, META | open_for(message), repeat(reply))
    assert 0 < utf16_len(payload_of(calls[0])["text"]["body"].strip()) <= 4096
    assert not [wrong for call in calls for wrong in misfits(cloud[payload_of(call)["type"]], payload_of(call))]


@given(message=any_message())
@few
def test_meta_takes_the_template(cloud, message):
    payload = payload_of(first(message, META))
    assert not misfits(cloud["template"], payload)
    (body,) = payload["template"]["components"]
    assert not broken_rules([one["text"] for one in body["parameters"]])


@given(message=any_message(), reply=st.just(twilio_error(63016)) | any_reply())
@few
def test_twilio_takes_the_text_and_what_follows_its_answer(twilio, message, reply):
    calls = calls_of("whatsapp", message, TWILIO | open_for(message), repeat(reply))
    forms = [dict(parse_qsl(call.body.decode(), strict_parsing=True)) for call in calls]
    assert 0 < utf16_len(forms[0]["Body"].strip()) <= 1600
    assert not [wrong for form in forms for wrong in misfits(twilio, form)]
    assert not [form for form in forms if len(form.keys() & {"Body", "ContentSid"}) != 1]


@given(message=any_message())
@few
def test_twilio_takes_the_template(twilio, message):
    form = dict(parse_qsl(first(message, TWILIO).body.decode(), strict_parsing=True))
    assert not misfits(twilio, form)
    variables = json.loads(form["ContentVariables"])
    assert list(variables) == ["1", "2", "3"]
    assert not broken_rules(variables.values())


def test_what_follows_a_closed_window_is_the_template():
    message = a_message()
    for config, reply in ((META, meta_error(131047)), (TWILIO, twilio_error(63016))):
        first_call, then = calls_of("whatsapp", message, config | open_for(message), repeat(reply))
        assert first_call.body != then.body
        assert then == first(message, config)


def test_answers_to_people_are_described(cloud, twilio):
    words = whatsapp.say("15551234567", whatsapp.LINKED, META)
    assert not misfits(cloud["text"], payload_of(words))
    form = dict(parse_qsl(whatsapp.say("15551234567", whatsapp.LINKED, TWILIO).body.decode(), strict_parsing=True))
    assert not misfits(twilio, form)


@given(message=any_message())
@few
def test_nothing_that_people_wrote_opens_a_formatting(message):
    text = payload_of(first(message, META | open_for(message)))["text"]["body"].partition("\n")[2]
    assert not re.search("(?<!\u200d)[*~`]", text.replace(message.link, ""))


def test_the_schemas_see_wrong_requests(cloud, twilio):
    message = a_message()
    text, template = (payload_of(first(message, config)) for config in (META | open_for(message), META))
    assert misfits(cloud["text"], text | {"texts": 1})
    assert misfits(cloud["text"], text | {"text": {"text": "x"}})
    assert misfits(cloud["text"], {name: value for name, value in text.items() if name != "to"})
    assert misfits(cloud["template"], template | {"template": {"name": "x"}})
    wrong = {"type": "body", "parameters": [{"type": "text", "texts": "x"}]}
    assert misfits(cloud["template"], template | {"template": template["template"] | {"components": [wrong]}})
    assert misfits(twilio, {"To": "whatsapp:+1", "Boddy": "x"})
    assert misfits(twilio, {"To": "whatsapp:+1", "ContentSid": "XX1"})


@pytest.mark.parametrize("wrong", [["a", "b", " "], ["a", "b\nc"], ["a", "b" + " " * 5 + "c"], ["x" * 900]])
def test_the_rules_see_wrong_parameters(wrong):
    assert broken_rules(wrong)


def test_what_the_tests_let_meta_say_is_what_meta_says(cloud):
    (words,) = said("hi")["messages"]
    assert not misfits(cloud["words"], words)
    told = meta_value(statuses=[status("delivered"), status("failed", 131047, "No", "details")])
    assert not misfits(cloud["call"], meta_payload(told))


def test_what_the_tests_let_twilio_answer_is_what_twilio_answers():
    schema = published("twilio-api-v2010.json")["components"]["schemas"]["api.v2010.account.message"]
    assert {"sid", "status", "error_code"} <= schema["properties"].keys()
    assert re.fullmatch(schema["properties"]["sid"]["pattern"], str(QUEUED.field("sid")))
