"""The Pushover channel: the request, whose token it uses, and what the answers mean."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from pingpilot.channels.pushover import SPEC, converse
from pingpilot.domain.event import Severity
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
from pingpilot.domain.wire import Failure, Reply
from tests.unit.channels.sample import CONFIGS, NOW, a_message, drive, json_reply

CONFIG = CONFIGS["pushover"]
OURS = {"user_key": CONFIG["user_key"], "app_token": "aOperatorsTokenOf30Characters0"}
REQUEST = "647d2300-702c-4b38-8b2f-d56326ae460b"
SENT = json_reply(200, {"status": 1, "request": REQUEST})
BAD_USER = {"user": "invalid", "errors": ["user identifier is invalid"], "status": 0, "request": REQUEST}
BAD_TOKEN = {"token": "invalid", "errors": ["application token is invalid"], "status": 0, "request": REQUEST}


def call_for(message=None, config=CONFIG):
    _, (call,) = drive(converse(message or a_message(), config), SENT)
    return call


def form_of(call):
    return dict(parse_qsl(call.body.decode(), strict_parsing=True))


def outcome(reply, config=CONFIG):
    return drive(converse(a_message(), config), reply)[0]


def test_the_message_is_a_form():
    call = call_for()
    assert (call.method, call.url) == ("POST", "https://api.pushover.net/1/messages.json")
    assert call.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert form_of(call) == {
        "token": CONFIG["token"],
        "user": CONFIG["user_key"],
        "title": "💰 Sale",
        "message": "A new sale\n\namount: 99.90\nplan: PRO\npaid: true",
        "timestamp": str(int(NOW.timestamp())),
        "priority": "0",
        "url": f"https://ping.example/dashboard/events/{'e' * 32}",
        "url_title": "Open the event",
    }


@pytest.mark.parametrize("severity", Severity)
def test_only_what_is_critical_is_heard_in_quiet_hours_and_nothing_asks_to_be_acknowledged(severity):
    priority = form_of(call_for(a_message(severity=severity)))["priority"]
    assert priority == ("1" if severity is Severity.CRITICAL else "0")


def test_the_link_of_the_event_goes_along_unless_it_is_too_long():
    short = form_of(call_for(a_message(url="https://shop.example/7")))
    assert (short["url"], short["url_title"]) == ("https://shop.example/7", "Open link")
    assert form_of(call_for(a_message(url="https://shop.example/" + "7" * 600)))["url_title"] == "Open the event"


def test_the_owners_token_comes_before_the_operators():
    assert form_of(call_for(config=OURS))["token"] == OURS["app_token"]
    assert form_of(call_for(config=OURS | CONFIG))["token"] == CONFIG["token"]


def test_one_of_the_two_tokens_is_needed():
    assert (SPEC.check({"user_key": CONFIG["user_key"]}) or ("",))[0] == "token"
    assert SPEC.check(OURS) is None
    assert SPEC.check(CONFIG) is None


def test_what_was_taken_has_a_request():
    assert outcome(SENT) == Delivered(REQUEST)


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (json_reply(400, BAD_USER), AddressDead),
        (json_reply(200, BAD_USER), AddressDead),
        (json_reply(400, BAD_TOKEN), AddressDead),
        (
            json_reply(400, {"message": "cannot be blank", "errors": ["message cannot be blank"], "status": 0}),
            BadMessage,
        ),
        (json_reply(200, {"errors": ["priority is invalid"], "status": 0}), BadMessage),
        (Reply(200, body=b"<html>"), Unknown),
        (Reply(403, body=b"blocked"), AddressSuspect),
        (Reply(413), BadMessage),
        (Reply(429), RateLimited),
        (Reply(500), Transient),
        (Reply(503), Transient),
    ],
)
def test_what_an_answer_means(reply, meaning):
    assert isinstance(outcome(reply), meaning)


def test_a_wrong_token_of_the_operator_is_not_the_owners_fault():
    found = outcome(json_reply(400, BAD_TOKEN), OURS)
    assert isinstance(found, SenderBroken)
    assert found.scope is Scope.CREDENTIAL
    assert isinstance(outcome(json_reply(400, BAD_USER), OURS), AddressDead)


@pytest.mark.parametrize(("config", "scope"), [(CONFIG, Scope.ADDRESS), (OURS, Scope.CREDENTIAL)])
def test_used_up_messages_hold_whoever_shares_the_token(config, scope):
    reset = str(int(NOW.timestamp()) + 3600)
    limit = outcome(json_reply(429, {"status": 0, "errors": ["limit"]}, x_limit_app_reset=reset), config)
    assert (limit.retry_after, limit.scope) == (timedelta(hours=1), scope)


def test_the_end_of_the_month_is_asked_for_again_each_day():
    reset = str(int(NOW.timestamp()) + 8 * 86_400)
    assert outcome(Reply(429, {"x-limit-app-reset": reset})).retry_after == timedelta(days=1)


@pytest.mark.parametrize("reply", [Reply(500), Reply(500, {"retry-after": "1"}), Reply(failure=Failure.NOT_SENT)])
def test_no_request_is_repeated_within_five_seconds(reply):
    assert outcome(reply).retry_after == timedelta(seconds=5)


def test_the_record_quotes_pushovers_own_words():
    assert outcome(json_reply(400, BAD_USER)).detail == "Answered 400: user identifier is invalid"


def test_keys_do_not_reach_the_record():
    echo = f"{CONFIG['user_key']} {CONFIG['token']}".encode()
    detail = outcome(Reply(500, body=echo)).detail
    assert not [key for key in CONFIG.values() if key in detail]


@pytest.mark.parametrize("key", ["", "short", "x" * 31, "uQiRzpo4DXghDmr9QzzfQu27cmVRs!"])
def test_wrong_keys(key):
    assert all(field.check(key) for field in SPEC.owner_fields)


def test_a_list_shows_the_beginning_of_the_key():
    assert SPEC.address(CONFIG) == "user uQ…"
