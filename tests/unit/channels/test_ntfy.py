"""The ntfy channel: the request, and what ntfy's codes mean."""

import json
from datetime import timedelta

import pytest

from pingpilot.channels.ntfy import SPEC, converse
from pingpilot.domain.event import Severity
from pingpilot.domain.outcome import AddressDead, AddressSuspect, BadMessage, Delivered, RateLimited, Scope, Transient
from pingpilot.domain.wire import Reply
from tests.unit.channels.sample import CONFIGS, NOW, a_message, drive, json_reply, payload_of

CONFIG = CONFIGS["ntfy"]
SENT = json_reply(200, {"id": "xE73Iyuabi", "time": 1673542291, "event": "message", "topic": "mytopic"})
CHECKS = {field.name: field.check for field in SPEC.owner_fields}


def call_for(message=None, **config):
    _, (call,) = drive(converse(message or a_message(), {**CONFIG, **config}), SENT)
    return call


def outcome(reply, message=None):
    return drive(converse(message or a_message(), CONFIG), reply)[0]


def refusal(code, error="no"):
    return json_reply(code // 100, {"code": code, "http": code // 100, "error": error})


def test_the_message_is_published_as_json_to_the_root_of_the_server():
    call = call_for()
    assert (call.method, call.url, call.is_user_host) == ("POST", "https://push.example/", True)
    assert call.headers["Authorization"] == f"Bearer {CONFIG['token']}"
    assert payload_of(call) == {
        "topic": CONFIG["topic"],
        "sequence_id": "d" * 32,
        "title": "💰 Sale",
        "message": "A new sale\n\namount: 99.90\nplan: PRO\npaid: true\n\n🕒 2026-11-23T05:27:00.000Z",
        "priority": 3,
        "tags": ["white_check_mark", "category-sale"],
        "click": f"https://ping.example/dashboard/events/{'e' * 32}",
        "markdown": False,
    }


def test_the_public_server_is_the_default_and_a_token_is_optional():
    call = call_for(server="", token="")
    assert call.url == "https://ntfy.sh/"
    assert "Authorization" not in call.headers


@pytest.mark.parametrize(
    ("severity", "priority", "tags"),
    [
        (Severity.INFO, 3, []),
        (Severity.SUCCESS, 3, ["white_check_mark"]),
        (Severity.WARNING, 4, ["warning"]),
        (Severity.CRITICAL, 5, ["rotating_light"]),
    ],
)
def test_severity_sets_priority_and_sign(severity, priority, tags):
    payload = payload_of(call_for(a_message(severity=severity)))
    assert (payload["priority"], payload["tags"]) == (priority, [*tags, "category-sale"])


def test_a_click_opens_the_link_of_the_event_unless_it_is_too_long():
    assert payload_of(call_for(a_message(url="https://shop.example/7")))["click"] == "https://shop.example/7"
    assert payload_of(call_for(a_message(url="https://shop.example/" + "é" * 1900)))["click"].startswith("https://ping")


def test_what_was_published_has_an_id():
    assert outcome(SENT) == Delivered("xE73Iyuabi")


def test_a_web_page_that_says_yes_to_all_is_not_ntfy():
    found = outcome(Reply(200, {}, b"<!doctype html><title>Hello</title>"))
    assert isinstance(found, AddressSuspect)
    assert "not as ntfy" in found.detail


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (40009, AddressDead),
        (40010, AddressDead),
        (40101, AddressDead),
        (40301, AddressDead),
        (40011, BadMessage),
        (40017, BadMessage),
        (40024, BadMessage),
        (41301, BadMessage),
        (41303, BadMessage),
        (40401, AddressSuspect),
        (42901, RateLimited),
        (42905, RateLimited),
        (42908, RateLimited),
        (42909, RateLimited),
        (50001, Transient),
        (50701, AddressSuspect),
    ],
)
def test_what_a_code_means(code, meaning):
    assert isinstance(outcome(refusal(code)), meaning)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407])
def test_what_stands_before_ntfy_only_makes_the_address_suspect(status):
    assert isinstance(outcome(Reply(status, body=b"<h1>Forbidden</h1>")), AddressSuspect)


def test_a_redirect_is_explained():
    assert "enter the URL it leads to" in outcome(Reply(301, {"location": "https://elsewhere.example"})).detail


def test_a_limit_holds_this_topic_for_a_minute_or_as_told():
    assert outcome(refusal(42901)) == RateLimited(timedelta(minutes=1), Scope.ADDRESS, "Answered 429: no", "42901")
    told = json_reply(429, {"code": 42901}, retry_after="7")
    assert outcome(told).retry_after == timedelta(seconds=7)


def test_a_used_up_day_waits_for_the_next_one():
    assert NOW + outcome(refusal(42908)).retry_after == NOW.replace(day=24, hour=0, minute=0)


def test_neither_token_nor_topic_reaches_the_record():
    echo = json.dumps({"error": f"{CONFIG['token']} may not write {CONFIG['topic']}"}).encode()
    detail = outcome(Reply(500, body=echo)).detail
    assert CONFIG["token"] not in detail
    assert CONFIG["topic"] not in detail


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("topic", "two words"),
        ("topic", "https://ntfy.sh/mine"),
        ("topic", "x" * 65),
        ("topic", ""),
        ("server", "ntfy.sh"),
        ("server", "https://ntfy.sh/?auth=x"),
        ("server", "https://me:secret@ntfy.sh"),
        ("token", "short"),
        ("token", "with space and more"),
    ],
)
def test_wrong_settings(name, wrong):
    assert CHECKS[name](wrong)


def test_a_list_shows_the_server_and_the_beginning_of_the_topic():
    assert SPEC.address(CONFIG) == "push.example/pi…"
    assert SPEC.address({"topic": "abc"}) == "ntfy.sh/ab…"
