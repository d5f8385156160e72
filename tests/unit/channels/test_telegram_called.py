"""Telegram as it calls us: when it is asked to, which calls are its own, and what they mean."""

import json
from datetime import UTC, datetime

import pytest

from pingpilot.channels import telegram
from pingpilot.domain.channel import Called
from pingpilot.domain.incoming import Answer, Incoming, LinkAttempt, Refused
from tests.unit.channels.sample import CONFIGS, payload_of

SECRET = "5ec" * 21
OWN = {**CONFIGS["telegram"], "public_url": "https://ping.example", "hook_secret": SECRET}
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
START = {
    "update_id": 7,
    "message": {"chat": {"id": 42, "type": "private"}, "from": {"id": 42, "first_name": "Ada"}, "text": "/start abc"},
}


def call(update, **headers):
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Incoming("POST", "https://ping.example/hooks/telegram", named, {}, body, NOW)


def signed(update):
    found = telegram.called(call(update, x_telegram_bot_api_secret_token=SECRET), OWN)
    assert isinstance(found, Answer)
    return found


def test_telegram_calls_it():
    assert isinstance(telegram, Called)


def test_an_update_is_heard_under_its_number():
    found = signed(START)
    assert (found.status, found.identity) == (200, "7")
    assert found.heard == [LinkAttempt("abc", {"chat_id": "42"}, "Ada", "42")]


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b'{"update_id":"7"}'])
def test_an_update_that_makes_no_sense_is_answered_with_nothing_heard(body):
    assert signed(body) == Answer(heard=[], identity="")


@pytest.mark.parametrize("secret", ["", "5ec", SECRET.upper(), SECRET + "0", "ä"])
def test_whoever_does_not_know_the_secret_is_refused(secret):
    refused = Refused("wrong secret token")
    assert telegram.called(call(START, x_telegram_bot_api_secret_token=secret), OWN) == refused
    assert telegram.called(call(START), OWN) == refused
    assert telegram.called(call(START, x_telegram_bot_api_secret_token=""), {**OWN, "hook_secret": ""}) == refused


@pytest.mark.parametrize("url", ["https://ping.example", "https://ping.example:8443", "https://ping.example:443"])
def test_an_https_address_is_called(url):
    request = telegram.hook({**OWN, "public_url": url})
    assert request is not None
    assert request.url.endswith("/setWebhook")
    assert payload_of(request) == {
        "url": f"{url}/hooks/telegram",
        "secret_token": SECRET,
        "allowed_updates": telegram.UPDATES,
        "max_connections": 1,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"public_url": "http://ping.example"},
        {"public_url": "http://localhost:8000"},
        {"public_url": "https://ping.example:8000"},
        {"updates": "polling"},
    ],
)
def test_what_telegram_cannot_call_is_polled(changes):
    assert telegram.hook({**OWN, **changes}) is None


def test_to_call_nobody_drops_nothing_that_waits():
    request = telegram.unhook(OWN)
    assert request.url.endswith("/deleteWebhook")
    assert payload_of(request) == {"drop_pending_updates": False}


def test_an_operator_chooses_between_two():
    (field,) = (one for one in telegram.SPEC.operator_fields if one.name == "updates")
    assert [field.check(value) for value in ("polling", "webhook")] == [None, None]
    assert field.check("push") == "Enter webhook or polling."
