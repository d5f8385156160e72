"""The push channel: what the browser gets, and what a push service's answer means."""

import json
from datetime import timedelta

import pytest

from pingpilot.channels.push import SPEC, auth_issue, converse, payload_of, point_issue
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
from pingpilot.domain.wire import Failure, Push, Reply
from tests.unit.channels.sample import BROWSER, CONFIGS, a_message, drive

CONFIG = CONFIGS["push"]
UNKNOWN_SERVICE = {**CONFIG, "endpoint": "https://push.example/abc"}


def sent(message=None, config=CONFIG):
    _, (push,) = drive(converse(message or a_message(), config), Reply(201))
    assert isinstance(push, Push)
    return push


def outcome(reply, config=CONFIG):
    return drive(converse(a_message(), config), reply)[0]


def test_the_browser_gets_what_a_notification_shows():
    assert json.loads(sent().payload) == {
        "title": "💰 Sale",
        "body": "A new sale\n\namount: 99.90\nplan: PRO\npaid: true",
        "color": "#FFEB3B",
        "tag": "d" * 32,
        "event": "e" * 32,
        "at": 1795411620000,
        "isCritical": False,
    }


def test_what_does_not_fit_is_counted():
    body = json.loads(payload_of(a_message(fields={f"name {number}": "v" * 200 for number in range(9)})))["body"]
    assert body.endswith(f"\n… +6 more: https://ping.example/dashboard/events/{'e' * 32}")


def test_lateness_is_said():
    assert "Delivered late" in json.loads(payload_of(a_message(late=timedelta(minutes=9))))["body"]


def test_a_retry_takes_the_place_of_what_waits():
    first, second = sent(), sent(a_message(late=timedelta(hours=1), is_maybe_repeat=True))
    assert first.topic == second.topic == "d" * 32
    assert json.loads(first.payload)["tag"] == json.loads(second.payload)["tag"]
    assert outcome(Reply(failure=Failure.NO_ANSWER)) == Unknown(
        "Sent, but no answer came.", "no_answer", is_idempotent=True
    )


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [(Severity.INFO, "normal"), (Severity.SUCCESS, "normal"), (Severity.WARNING, "high"), (Severity.CRITICAL, "high")],
)
def test_what_matters_wakes_a_sleeping_phone(severity, urgency):
    assert sent(a_message(severity=severity)).urgency == urgency


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/QF8w",
        "https://wns2-par02p.notify.windows.com/w/?token=abc",
    ],
)
def test_the_push_services_of_browsers_are_known(endpoint):
    assert not sent(config={**CONFIG, "endpoint": endpoint}).is_user_host


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://push.example/abc",
        "https://fcm.googleapis.com.evil.example/",
        "https://fcm.googleapis.com@evil.example/",
        "https://fcm.googleapis.com:8443/",
        "http://fcm.googleapis.com/",
        "https://notify.windows.com.evil.example/",
        "https://evil.example/https://fcm.googleapis.com/",
    ],
)
def test_any_other_host_goes_through_the_guard(endpoint):
    assert sent(config={**CONFIG, "endpoint": endpoint}).is_user_host


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Delivered),
        (201, Delivered),
        (202, Delivered),
        (204, Delivered),
        (400, BadMessage),
        (401, SenderBroken),
        (403, SenderBroken),
        (404, AddressDead),
        (406, Transient),
        (410, AddressDead),
        (413, BadMessage),
        (429, RateLimited),
        (500, Transient),
        (503, Transient),
    ],
)
def test_what_a_status_means(status, meaning):
    assert isinstance(outcome(Reply(status)), meaning)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "the VAPID credentials in the authorization header do not correspond to the credentials used"),
        (401, '{"code":401,"errno":109,"error":"Unauthorized","message":"VAPID public key mismatch"}'),
        (400, '{"reason":"VapidPkHashMismatch"}'),
    ],
)
def test_a_subscription_under_another_key_is_dead_and_says_what_to_do(status, said):
    found = outcome(Reply(status, body=said.encode()))
    assert isinstance(found, AddressDead)
    assert "Press Notify this browser" in found.detail


def test_google_s_word_for_a_bad_signature():
    assert isinstance(outcome(Reply(400, body=b"<TITLE>UnauthorizedRegistration</TITLE>")), SenderBroken)


def test_a_service_that_refuses_us_stops_this_address_alone():
    found = outcome(Reply(403, body=b'{"reason":"BadJwtToken"}'))
    assert isinstance(found, SenderBroken)
    assert found.scope is Scope.ADDRESS


@pytest.mark.parametrize("status", [401, 403])
def test_an_unknown_host_that_refuses_us_is_no_fault_of_this_instance(status):
    assert isinstance(outcome(Reply(status), UNKNOWN_SERVICE), AddressSuspect)


def test_the_service_says_when_to_come_back():
    assert outcome(Reply(429, {"retry-after": "90"})).retry_after == timedelta(seconds=90)


def test_an_echo_of_the_endpoint_does_not_reach_the_record():
    assert "s3cr3t" not in outcome(Reply(500, body=CONFIG["endpoint"].encode())).detail


def test_a_list_shows_the_service_alone():
    assert SPEC.address(CONFIG) == "updates.push.services.mozilla.com/…"


@pytest.mark.parametrize(
    "wrong", ["", "BA", BROWSER["p256dh"][:-2] + "AA", "A" * 87, BROWSER["p256dh"].replace("-", "+")]
)
def test_a_key_that_is_no_point_of_the_curve_is_refused(wrong):
    assert point_issue(wrong)


@pytest.mark.parametrize("wrong", ["", "abc", BROWSER["auth"] + "AA"])
def test_a_shared_secret_of_another_size_is_refused(wrong):
    assert auth_issue(wrong)


@pytest.mark.parametrize("status", range(200, 600))
def test_a_host_that_somebody_named_stops_nobody_elses_notifications(status):
    found = outcome(Reply(status, body=b"UnauthorizedRegistration"), UNKNOWN_SERVICE)
    assert getattr(found, "scope", Scope.ADDRESS) is Scope.ADDRESS


def test_what_is_signed_by_the_instance_is_the_operators_to_mend():
    assert SPEC.has_shared_credential
    refused = outcome(Reply(403, body=b"no"))
    assert isinstance(refused, SenderBroken)
    assert refused.scope is Scope.ADDRESS
