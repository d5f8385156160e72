"""The WhatsApp channel through Meta: text or template, and what Meta's codes mean."""

from datetime import timedelta

import pytest

from pingpilot.channels.whatsapp import SPEC, converse, link, say
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    Scope,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.whatsapp import inert, is_window_open
from pingpilot.domain.wire import Call, Reply
from tests.unit.channels.sample import NOW, a_message, drive, json_reply, payload_of
from tests.unit.channels.whatsapp_sample import ACCEPTED, META, OPEN, TWILIO, WAMID, meta_error

LINK = f"https://ping.example/dashboard/events/{'e' * 32}"


def payload(message=None, **config):
    _, (call,) = drive(converse(message or a_message(), META | config), ACCEPTED)
    return payload_of(call)


def text(**changes):
    return payload(a_message(**changes), **OPEN)["text"]["body"]


def parameters(**changes):
    (body,) = payload(a_message(**changes))["template"]["components"]
    return [parameter["text"] for parameter in body["parameters"]]


def outcome(reply):
    return drive(converse(a_message(), META), reply)[0]


def test_the_request_goes_to_the_operators_number_with_its_token():
    _, (call,) = drive(converse(a_message(), META), ACCEPTED)
    assert isinstance(call, Call)
    assert (call.method, call.url) == ("POST", "https://graph.facebook.com/v23.0/106540352242922/messages")
    assert call.headers["Authorization"] == f"Bearer {META['token']}"


def test_within_24_hours_of_a_persons_word_it_is_free_text():
    time = "🕒 2026-11-23T05:27:00.000Z"
    assert payload(**OPEN) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "15551234567",
        "type": "text",
        "text": {
            "body": f"*💰 Sale*\nA new sale\n\namount: 99.90\nplan: PRO\npaid: true\n\n{time}",
            "preview_url": False,
        },
    }


def test_later_it_is_the_operators_template():
    parameters = ("💰 Sale", "A new sale", f"amount: 99.90 · plan: PRO · paid: true · {LINK}")
    assert payload() == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "15551234567",
        "type": "template",
        "template": {
            "name": "event_notice",
            "language": {"code": "en"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": text} for text in parameters]}],
        },
    }
    assert payload(template_language="pt_BR")["template"]["language"] == {"code": "pt_BR"}


@pytest.mark.parametrize(
    ("ago", "is_open"),
    [
        (timedelta(minutes=-1), True),
        (timedelta(0), True),
        (timedelta(hours=23, minutes=54), True),
        (timedelta(hours=23, minutes=55), False),
        (timedelta(days=9), False),
    ],
)
def test_the_window_closes_a_little_early(ago, is_open):
    assert is_window_open({"heard_at": str(int((NOW - ago).timestamp()))}, NOW) is is_open


@pytest.mark.parametrize("said", ["", "yesterday", "-1", "9" * 20])
def test_who_never_wrote_has_no_window(said):
    assert not is_window_open({"heard_at": said}, NOW)


def test_text_that_came_too_late_is_sent_again_as_a_template():
    found, said = drive(converse(a_message(), META | OPEN), meta_error(131047), ACCEPTED)
    assert [payload_of(call)["type"] for call in said] == ["text", "template"]
    assert found == Delivered(WAMID, "WhatsApp took it.", new_settings={"heard_at": ""})
    assert isinstance(found, Delivered)
    assert found.new_settings == {"heard_at": ""}


def test_a_template_is_not_sent_twice():
    assert isinstance(outcome(meta_error(131047)), BadMessage)


def test_a_parameter_keeps_whatsapps_rules():
    wild = "a\n\tb" + " " * 9 + "c\u2028d"
    assert parameters(description=wild, fields={wild: " \n", "x": "y"})[1:] == [
        "a b c d",
        f"a b c d: — · x: y · {LINK}",
    ]
    assert parameters(description=" \t")[1] == "—"


def test_what_a_template_cannot_hold_is_counted():
    details = parameters(fields={f"f{n}": "x" * 60 for n in range(50)})[2]
    assert details.count("x" * 60) == 4
    assert details.endswith(f"… +46 more · {LINK}")


def test_the_event_is_linked_even_without_fields():
    assert parameters(fields={}, late=timedelta(minutes=5))[2].endswith(f"5 minutes ago. · {LINK}")


def test_the_link_of_the_event_stands_under_its_title_unless_it_is_long():
    assert text(url="https://shop.example/7").startswith("*💰 Sale*\n🔗 https://shop.example/7\n")
    assert "🔗" not in text(url="https://shop.example/" + "7" * 500)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("99.90 at 12:30, user_id", "99.90 at 12:30, user_id"),
        ("-5\n3.5", "-5\n3.5"),
        ("*b*", "‍*‍b‍*‍"),
        ("_i_ and a_b", "‍_‍i_ and a_b"),
        ("~s~ `c`", "‍~‍s‍~‍ ‍`‍c‍`‍"),
        ("> q\n- l\n1. o", "‍> q\n‍- l\n‍1. o"),
    ],
)
def test_data_never_becomes_formatting(said, shown):
    assert inert(said) == shown


def test_what_was_taken_has_an_id():
    assert outcome(ACCEPTED) == Delivered(WAMID, "WhatsApp took it.")


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        *((code, SenderBroken) for code in (0, 3, 10, 190, 200, 299, 368, 131031, 131037, 131042, 131045, 131048)),
        *((code, SenderBroken) for code in (133010, 132000, 132001, 132012, 132015, 132016)),
        *((code, RateLimited) for code in (4, 80007, 130429, 131056)),
        *((code, AddressDead) for code in (131021, 131030, 131050)),
        (131026, AddressSuspect),
        *((code, BadMessage) for code in (100, 130472, 131008, 131009, 131051, 132005, 132007, 132018)),
        *((code, Transient) for code in (1, 2, 131000, 131016, 131049, 131057)),
        (987654, BadMessage),
    ],
)
def test_what_a_code_means(code, meaning):
    found = outcome(meta_error(code))
    assert isinstance(found, meaning)
    assert found.code == str(code) or code == 987654


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (meta_error(100, "Recipient is not a valid WhatsApp user"), AddressSuspect),
        (meta_error(100, 'Unexpected key "x"'), BadMessage),
        (meta_error(987654, is_transient=True), Transient),
        (Reply(401), SenderBroken),
        (Reply(500), Transient),
        (Reply(200, body=b"<html>"), Unknown),
        (json_reply(200, {"messages": []}), Unknown),
        (json_reply(200, {"messages": [{"id": "x y"}]}), Unknown),
    ],
)
def test_what_an_answer_means(reply, meaning):
    assert isinstance(outcome(reply), meaning)


@pytest.mark.parametrize(
    ("code", "scope"),
    [(130429, Scope.CREDENTIAL), (80007, Scope.CREDENTIAL), (131056, Scope.ADDRESS)],
)
def test_a_limit_holds_the_number_or_the_person(code, scope):
    assert outcome(meta_error(code)).scope is scope


def test_a_broken_template_holds_only_those_who_need_it():
    assert outcome(meta_error(132001)).scope is Scope.ADDRESS
    assert outcome(meta_error(190)).scope is Scope.CREDENTIAL


def test_what_was_held_back_today_is_not_sent_again_today():
    assert outcome(meta_error(131049)).retry_after == timedelta(hours=24)


def test_the_record_quotes_metas_own_details():
    assert outcome(meta_error(131026, "Message undeliverable.")).detail == "Answered 400: Message undeliverable."


def test_neither_token_nor_number_reaches_the_record():
    echo = f"{META['token']} {META['number']} 15551234567"
    for reply in (meta_error(131026, echo), Reply(500, body=echo.encode())):
        assert not [value for value in echo.split() if value in outcome(reply).detail]


def test_a_person_is_answered_in_plain_text():
    call = say("+15551234567", "Hello", META)
    assert payload_of(call)["text"] == {"body": "Hello", "preview_url": False}


def test_the_link_opens_a_chat_with_the_code_ready():
    assert link("+15550783881", "abc-_1") == "https://wa.me/15550783881?text=abc-_1"


@pytest.mark.parametrize("number", ["", "15551234567", "+1 555 123 4567", "+0123456789", "+1234567890123456", "+12"])
def test_wrong_numbers(number):
    assert SPEC.owner_fields[0].check(number)


def test_the_chosen_provider_says_what_it_needs():
    assert SPEC.missing({}) == (
        "business_number", "phone_number_id", "token", "app_secret", "verify_token", "template",
    )  # fmt: skip
    assert not SPEC.missing(META)
    assert SPEC.missing({"provider": "twilio"}) == (
        "business_number", "twilio_account_sid", "twilio_auth_token", "twilio_content_sid",
    )  # fmt: skip
    assert not SPEC.missing(TWILIO)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("provider", "vonage"),
        ("business_number", "15550783881"),
        ("phone_number_id", "+1555"),
        ("template", "Event Notice"),
        ("twilio_account_sid", "AC1"),
        ("twilio_content_sid", "AC" + "a" * 32),
    ],
)
def test_wrong_settings_of_the_operator(name, wrong):
    checks = {field.name: field.check for field in SPEC.operator_fields}
    assert checks[name](wrong)
    assert checks[name]({**TWILIO, **META, "provider": "meta"}[name]) is None


def test_a_list_shows_country_and_end_of_the_number():
    assert SPEC.address(META) == "+15 … 67"
