"""The webhook channel: what it sends, how it signs, what an answer means."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from pingpilot.channels.webhook import SPEC, converse, secret_issue, sign
from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    Transient,
    Unknown,
)
from pingpilot.domain.wire import Failure, Reply
from tests.unit.channels.sample import CONFIGS, NOW, SECRET, a_message, drive, payload_of

CONFIG = CONFIGS["webhook"]
OTHER_SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def sent(message=None, config=CONFIG):
    _, (call,) = drive(converse(message or a_message(), config), Reply(200))
    return call


def outcome(reply):
    return drive(converse(a_message(), CONFIG), reply)[0]


def test_the_signature_is_that_of_the_published_vector():
    signature = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_independent_library_accepts_the_call():
    call = sent(a_message(late=datetime.now(UTC) - NOW))  # it refuses what is older than 5 minutes
    assert Webhook(SECRET).verify(call.body, dict(call.headers)) == json.loads(call.body)


def test_both_secrets_sign_while_one_replaces_the_other():
    call = sent(config={**CONFIG, "secret": f"{OTHER_SECRET} {SECRET}"})
    identity, timestamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
    expected = [sign(secret, identity, timestamp, call.body) for secret in (OTHER_SECRET, SECRET)]
    assert call.headers["webhook-signature"].split() == expected


def test_a_retry_has_the_same_id_and_body_and_the_time_of_its_attempt():
    first, second = sent(), sent(a_message(late=timedelta(hours=1), is_maybe_repeat=True))
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3600


def test_the_body_tells_the_event():
    body = payload_of(sent(a_message(url="https://shop.example/1")))
    assert body == {
        "type": "event.created",
        "timestamp": "2026-11-23T05:27:00.000Z",
        "data": {
            "eventId": "e" * 32,
            "category": "sale",
            "title": "💰 Sale",
            "description": "A new sale",
            "severity": "success",
            "color": "#FFEB3B",
            "url": "https://shop.example/1",
            "link": f"https://ping.example/dashboard/events/{'e' * 32}",
            "occurredAt": "2026-11-23T05:27:00.000Z",
            "fields": {"amount": 99.9, "plan": "PRO", "paid": True},
        },
    }


def test_field_values_keep_their_types_and_digits():
    assert b'"fields":{"amount":99.90,"plan":"PRO","paid":true}' in sent().body


def test_the_host_is_the_owners_so_the_guard_looks_at_it():
    assert sent().is_user_host


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Delivered),
        (204, Delivered),
        (299, Delivered),
        (301, AddressSuspect),
        (308, AddressSuspect),
        (400, BadMessage),
        (401, AddressSuspect),
        (403, AddressSuspect),
        (404, AddressSuspect),
        (405, AddressSuspect),
        (408, Transient),
        (409, Transient),
        (410, AddressDead),
        (413, BadMessage),
        (422, BadMessage),
        (425, Transient),
        (429, RateLimited),
        (500, Transient),
        (502, Transient),
        (504, Transient),
    ],
)
def test_what_a_status_means(status, meaning):
    assert isinstance(outcome(Reply(status)), meaning)


def test_a_redirect_is_said_to_be_one():
    assert "never followed" in outcome(Reply(302, {"location": "https://elsewhere.example/"})).detail


def test_a_repeat_does_no_harm_for_it_has_the_same_id():
    found = outcome(Reply(failure=Failure.NO_ANSWER, failure_detail="timeout"))
    assert found == Unknown("Sent, but no answer came: timeout.", "no_answer", is_idempotent=True)


def test_an_overloaded_server_says_when_to_come_back():
    assert outcome(Reply(503, {"retry-after": "120"})).retry_after == timedelta(minutes=2)


def test_an_echo_of_the_url_does_not_reach_the_record():
    reply = Reply(404, body=f"no route {CONFIG['url']} or /in/s3cr3t-path {SECRET}".encode())
    assert outcome(reply).detail == "Answered 404: no route ••• or /in/••• •••"


def test_what_the_endpoint_says_when_all_is_well_is_on_record_without_its_secrets():
    assert outcome(Reply(200)) == Delivered()
    assert outcome(Reply(202, body=b"queued as 7")) == Delivered(detail="Answered 202: queued as 7")
    echo = outcome(Reply(200, body=f"{CONFIG['url']} {SECRET} {'x' * 10_000}".encode()))
    assert echo.detail.startswith("Answered 200: ••• ••• xxx")
    assert len(echo.detail) < 200


def test_a_list_shows_the_host_alone():
    assert SPEC.address(CONFIG) == "hooks.example/…"


@pytest.mark.parametrize("secret", [SECRET, f"{SECRET} {OTHER_SECRET}"])
def test_right_secrets(secret):
    assert secret_issue(secret) is None


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", f"{SECRET} x", SECRET[6:]])
def test_wrong_secrets(secret):
    assert secret_issue(secret)
