"""The WhatsApp channel through Twilio: the request, its codes, and what Twilio tells."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from pingpilot.channels.whatsapp import called, converse, say
from pingpilot.domain.incoming import (
    AddressChanged,
    AddressGone,
    Answer,
    Incoming,
    LinkAttempt,
    MessageArrived,
    MessageFailed,
    Refused,
)
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
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import NOW, a_message, drive
from tests.unit.channels.whatsapp_sample import OPEN, QUEUED, SID, TWILIO, from_twilio, twilio_error

PERSON = {"number": "+15551234567"}
LINK = f"https://ping.example/dashboard/events/{'e' * 32}"
CODE = "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789_-aBcDe"


def call_for(message=None, **config):
    _, (call,) = drive(converse(message or a_message(), TWILIO | config), QUEUED)
    return call


def form_of(call):
    return dict(parse_qsl(call.body.decode(), strict_parsing=True))


def outcome(reply):
    return drive(converse(a_message(), TWILIO), reply)[0]


def heard(**form):
    answer = called(from_twilio(form), TWILIO)
    assert isinstance(answer, Answer)
    assert answer.body == b"<Response></Response>"
    return list(answer.heard)


def test_the_request_carries_the_accounts_login():
    call = call_for()
    login = base64.b64encode(f"{TWILIO['twilio_account_sid']}:{TWILIO['twilio_auth_token']}".encode()).decode()
    path = f"/Accounts/{TWILIO['twilio_account_sid']}/Messages.json"
    assert (call.method, call.url) == ("POST", f"https://api.twilio.com/2010-04-01{path}")
    assert call.headers["Authorization"] == f"Basic {login}"


def test_within_24_hours_of_a_persons_word_it_is_free_text():
    form = form_of(call_for(**OPEN))
    assert form.pop("Body").startswith("*💰 Sale*\nA new sale\n")
    assert form == {
        "To": "whatsapp:+15551234567",
        "From": "whatsapp:+14155552345",
        "StatusCallback": "https://ping.example/hooks/whatsapp",
    }


def test_later_it_is_the_operators_template():
    form = form_of(call_for())
    assert form["ContentSid"] == TWILIO["twilio_content_sid"]
    assert json.loads(form["ContentVariables"]) == {
        "1": "💰 Sale",
        "2": "A new sale",
        "3": f"amount: 99.90 · plan: PRO · paid: true · {LINK}",
    }


def test_a_long_text_keeps_twilios_limit():
    message = a_message(fields={f"f{n}": "x" * 500 for n in range(50)})
    assert len(form_of(call_for(message, **OPEN))["Body"]) <= 1600


def test_twilio_is_not_asked_to_call_where_it_cannot():
    assert "StatusCallback" not in form_of(call_for(public_url="http://127.0.0.1:8000"))


def test_text_that_came_too_late_is_sent_again_as_a_template():
    found, (first, second) = drive(converse(a_message(), TWILIO | OPEN), twilio_error(63016), QUEUED)
    assert "Body" in form_of(first)
    assert "ContentSid" in form_of(second)
    assert isinstance(found, Delivered)
    assert found.new_settings == {"heard_at": ""}


def test_what_was_taken_has_an_id():
    assert outcome(QUEUED) == Delivered(SID, "Twilio took it.")


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (twilio_error(20003, 401), SenderBroken),
        (twilio_error(63007), SenderBroken),
        (twilio_error(21656), SenderBroken),
        (twilio_error(21211), AddressDead),
        (twilio_error(21610), AddressDead),
        (twilio_error(63024), AddressDead),
        (twilio_error(63003), AddressSuspect),
        (twilio_error(63021), BadMessage),
        (twilio_error(63016), BadMessage),
        (twilio_error(63005), Transient),
        (twilio_error(63012), Transient),
        (twilio_error(63049), Transient),
        (twilio_error(63018), RateLimited),
        (twilio_error(20429, 429), RateLimited),
        (Reply(429), RateLimited),
        (twilio_error(99999), BadMessage),
        (Reply(401), SenderBroken),
        (Reply(503), Transient),
        (Reply(201, body=b"{}"), Unknown),
    ],
)
def test_what_an_answer_means(reply, meaning):
    assert isinstance(outcome(reply), meaning)


def test_a_broken_template_holds_only_those_who_need_it():
    assert outcome(twilio_error(21656)).scope is Scope.ADDRESS
    assert outcome(twilio_error(20003, 401)).scope is Scope.CREDENTIAL


def test_what_was_held_back_today_is_not_sent_again_today():
    assert outcome(twilio_error(63049)).retry_after == timedelta(hours=24)


def test_neither_token_nor_number_reaches_the_record():
    echo = f"{TWILIO['twilio_auth_token']} whatsapp:{TWILIO['number']}"
    detail = outcome(Reply(500, body=echo.encode())).detail
    assert TWILIO["twilio_auth_token"] not in detail
    assert "5551234567" not in detail


def test_a_person_is_answered_in_plain_text():
    assert form_of(say("+15551234567", "Hello", TWILIO))["Body"] == "Hello"


def test_words_are_heard():
    window = AddressChanged(PERSON, {"heard_at": str(int(NOW.timestamp()))})
    sender = {"From": "whatsapp:+15551234567", "SmsMessageSid": SID}
    assert heard(Body=CODE, **sender) == [LinkAttempt(CODE, PERSON, "+15 … 67", "+15551234567"), window]
    assert heard(Body="thanks", **sender) == [window]
    assert isinstance(heard(Body="STOP", **sender)[0], AddressGone)
    assert heard(Body="hi", From="whatsapp:nobody") == []


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        ("undelivered", "63024", AddressDead),
        ("undelivered", "63003", AddressSuspect),
        ("failed", "63018", RateLimited),
        ("failed", "20003", SenderBroken),
        ("failed", "", Transient),
        ("undelivered", "12345", Transient),
    ],
)
def test_what_a_failure_means(status, code, meaning):
    (failed,) = heard(MessageSid=SID, MessageStatus=status, ErrorCode=code, To="whatsapp:+15551234567")
    assert isinstance(failed, MessageFailed)
    assert isinstance(failed.outcome, meaning)


def test_what_became_of_a_message():
    assert heard(MessageSid=SID, MessageStatus="sent") == []
    assert heard(MessageSid=SID, MessageStatus="delivered") == [MessageArrived(SID, "Arrived on the phone.")]
    assert heard(MessageSid=SID, MessageStatus="read") == [MessageArrived(SID, "Read.")]
    assert heard(MessageSid="nonsense", MessageStatus="failed") == []
    changed, failed = heard(MessageSid=SID, MessageStatus="failed", ErrorCode="63016", To="whatsapp:+15551234567")
    assert changed == AddressChanged(PERSON, {"heard_at": ""})
    assert isinstance(failed, MessageFailed)
    assert isinstance(failed.outcome, Transient)


def test_a_call_with_another_signature_is_refused():
    assert isinstance(called(from_twilio({"Body": "x"}, token="another"), TWILIO), Refused)
    assert isinstance(called(from_twilio({"Body": "x"}, token=""), TWILIO | {"twilio_auth_token": ""}), Refused)


def test_twilios_own_example_of_a_signature():
    """Source: Twilio's documentation, "Validate the signature yourself"."""
    form = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675310", "Digits": "1234", "From": "+14158675310"}
    body = urlencode({**form, "To": "+18005551212"}).encode()
    headers = {"x-twilio-signature": "GvWf1cFY/Q7PnoempGyD5oXAezc="}
    config = TWILIO | {"twilio_auth_token": "12345"}
    example = Incoming("POST", "https://mycompany.com/myapp.php?foo=1&bar=2", headers, {}, body, NOW)
    assert isinstance(called(example, config), Answer)
    assert isinstance(called(replace(example, url="https://mycompany.com/myapp.php?foo=1"), config), Refused)
    assert isinstance(called(replace(example, method="GET"), config), Refused)
