"""The Gotify channel: the request, and what its answers mean."""

import pytest

from pingpilot.channels.gotify import SPEC, converse
from pingpilot.domain.event import Severity
from pingpilot.domain.message import utf16_len
from pingpilot.domain.outcome import AddressDead, AddressSuspect, BadMessage, Delivered, RateLimited, Transient
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, a_message, drive, json_reply, payload_of

CONFIG = CONFIGS["gotify"]
SENT = json_reply(200, {"id": 25, "appid": 5, "message": "x", "title": "y", "priority": 4})
CHECKS = {field.name: field.check for field in SPEC.owner_fields}


def call_for(message=None, **config):
    _, (call,) = drive(converse(message or a_message(), {**CONFIG, **config}), SENT)
    return call


def outcome(reply):
    return drive(converse(a_message(), CONFIG), reply)[0]


def refusal(status, description):
    return json_reply(status, {"error": "No", "errorCode": status, "errorDescription": description})


def test_the_message_is_plain_text_that_opens_the_event():
    call = call_for()
    assert (call.method, call.url, call.is_user_host) == ("POST", "https://gotify.example/at/message", True)
    assert call.headers["X-Gotify-Key"] == CONFIG["token"]
    assert payload_of(call) == {
        "title": "💰 Sale",
        "message": "A new sale\n\namount: 99.90\nplan: PRO\npaid: true\n\n🕒 2026-11-23T05:27:00.000Z",
        "priority": 4,
        "extras": {
            "client::display": {"contentType": "text/plain"},
            "client::notification": {"click": {"url": f"https://ping.example/dashboard/events/{'e' * 32}"}},
        },
    }


def test_a_slash_at_the_end_of_the_server_does_no_harm():
    assert call_for(server="https://gotify.example/").url == "https://gotify.example/message"


@pytest.mark.parametrize(
    ("severity", "priority"),
    [(Severity.INFO, 4), (Severity.SUCCESS, 4), (Severity.WARNING, 6), (Severity.CRITICAL, 8)],
)
def test_severity_sets_the_priority(severity, priority):
    assert payload_of(call_for(a_message(severity=severity)))["priority"] == priority


def test_more_than_anybody_reads_is_counted_and_linked():
    text = payload_of(call_for(a_message(fields={f"f{n}": "x" * 2000 for n in range(50)})))["message"]
    assert utf16_len(text) <= 10_000
    assert "… +46 more: https://ping.example/dashboard/events/" in text


def test_a_created_message_has_a_number():
    assert outcome(SENT) == Delivered("25")


def test_a_web_page_that_says_yes_to_all_is_not_gotify():
    found = outcome(Reply(200, body=b"<!doctype html><title>Hello</title>"))
    assert isinstance(found, AddressSuspect)
    assert "not as Gotify" in found.detail


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (refusal(401, "you need to provide a valid access token or user credentials to access this api"), AddressDead),
        (refusal(403, "you are not allowed to access this api"), AddressDead),
        (refusal(400, "Field 'message' is required"), BadMessage),
        (refusal(404, "page not found"), AddressSuspect),
        (refusal(500, "database is locked"), Transient),
        (Reply(401, body=b"login first"), AddressSuspect),
        (Reply(403), AddressSuspect),
        (Reply(429), RateLimited),
        (Reply(302, {"location": "/login"}), AddressSuspect),
        (Reply(502), Transient),
    ],
)
def test_what_an_answer_means(reply, meaning):
    assert isinstance(outcome(reply), meaning)


def test_the_record_quotes_gotifys_own_sentence():
    assert outcome(refusal(401, "you need a valid token")).detail == "Answered 401: you need a valid token"
    assert outcome(refusal(500, "database is locked")).detail == "Answered 500: database is locked"


def test_the_token_does_not_reach_the_record():
    assert CONFIG["token"] not in outcome(Reply(500, body=f"token {CONFIG['token']} broke".encode())).detail


@pytest.mark.parametrize("token", ["AbCdEfGhIjKlMnO", "gtfy_app.q0-_q0-_q0-_q0-_q0-_q0-_q0-_q0-_q0-_q0-_q0-"])
def test_right_tokens(token):
    assert CHECKS["token"](token) is None


@pytest.mark.parametrize(
    ("name", "wrong", "advice"),
    [
        ("token", "CbCdEfGhIjKlMnO", "that of an application"),
        ("token", "gtfy_client.q0-_q0-_q0-_q0-_q0-_", "that of an application"),
        ("token", "A b", "under Apps"),
        ("server", "gotify.example", "full URL"),
        ("server", "https://gotify.example/?token=A", "without ?"),
    ],
)
def test_wrong_settings(name, wrong, advice):
    assert advice in (CHECKS[name](wrong) or "")


def test_a_list_shows_the_host():
    assert SPEC.address(CONFIG) == "gotify.example"
