"""What Meta tells the WhatsApp channel: who wrote, and what became of messages."""

from datetime import timedelta

import pytest

from pingpilot.channels.whatsapp import called
from pingpilot.domain.incoming import (
    AddressBack,
    AddressChanged,
    AddressGone,
    Answer,
    Incoming,
    LinkAttempt,
    MessageArrived,
    MessageFailed,
    Refused,
)
from pingpilot.domain.outcome import AddressDead, AddressSuspect, BadMessage, RateLimited, SenderBroken, Transient
from tests.unit.channels.sample import NOW
from tests.unit.channels.whatsapp_sample import META, WAMID, from_meta, meta_payload, meta_value, said, status

PERSON = {"number": "+15551234567"}
HEARD = AddressChanged(PERSON, {"heard_at": str(int(NOW.timestamp()))})
CODE = "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789_-aBcDe"


def heard(*values):
    answer = called(from_meta(meta_payload(*values)), META)
    assert isinstance(answer, Answer)
    assert answer.status == 200
    return list(answer.heard)


def outcome(code, details=""):
    *_, failed = heard(meta_value(statuses=[status("failed", code, "Failed", details)]))
    assert failed.provider_id == WAMID
    return failed.outcome


def handshake(**query):
    asked = {"hub.mode": "subscribe", "hub.verify_token": META["verify_token"], "hub.challenge": "1158201444"}
    url = "https://ping.example/hooks/whatsapp"
    return called(Incoming("GET", url, {}, {**asked, **{f"hub.{n}": v for n, v in query.items()}}, b"", NOW), META)


def test_the_handshake_is_answered_with_the_challenge():
    answer = handshake()
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    "query", [{"verify_token": "wrong"}, {"verify_token": ""}, {"mode": "x"}, {"challenge": "<script>"}]
)
def test_a_wrong_handshake_is_refused(query):
    assert isinstance(handshake(**query), Refused)


def test_a_call_with_another_signature_is_refused():
    assert isinstance(called(from_meta(meta_payload(said("x")), secret="another"), META), Refused)
    assert isinstance(called(from_meta(meta_payload(), secret=""), {**META, "app_secret": ""}), Refused)


def test_a_repeated_call_has_the_same_identity():
    first, again, other = (called(from_meta(meta_payload(said(text))), META) for text in ("a", "a", "b"))
    assert isinstance(first, Answer)
    assert isinstance(again, Answer)
    assert isinstance(other, Answer)
    assert first.identity == again.identity != other.identity


@pytest.mark.parametrize("text", [CODE, f"PingPilot {CODE}", f" PingPilot: {CODE}\n"])
def test_a_code_links_the_number_that_sent_it_and_opens_the_window(text):
    assert heard(said(text)) == [LinkAttempt(CODE, PERSON, "+15 … 67", "+15551234567"), HEARD]


def test_any_other_word_opens_the_window():
    assert heard(said("thanks!")) == [HEARD]
    assert heard(said("", type="image", text=None)) == [HEARD]


def test_a_word_from_the_future_opens_no_window_there():
    assert heard(said("hi", timestamp=str(int((NOW + timedelta(days=3)).timestamp())))) == [HEARD]
    assert heard(said("hi", timestamp="soon")) == [HEARD]


@pytest.mark.parametrize("text", ["STOP", "stop ", "Unsubscribe"])
def test_stop_switches_off(text):
    assert heard(said(text)) == [AddressGone(PERSON, "You wrote STOP. Write START to that number to get events again.")]


def test_start_switches_on_again():
    assert heard(said("Start")) == [AddressBack(PERSON), HEARD]


def test_who_hides_the_number_is_not_heard():
    assert heard(said("hi", **{"from": "US.13491208655302741918"})) == []


def test_another_number_of_the_same_app_is_not_ours():
    other = {"metadata": {"phone_number_id": "1"}}
    assert heard(said("hi") | other) == []


def test_what_arrived_and_what_was_read():
    assert heard(meta_value(statuses=[status("sent")])) == []
    assert heard(meta_value(statuses=[status("delivered")])) == [MessageArrived(WAMID, "Arrived on the phone.")]
    assert heard(meta_value(statuses=[status("read")])) == [MessageArrived(WAMID, "Read.")]


def test_what_arrived_did_not_fail_whatever_comes_late():
    late = [status("failed", 131026), status("delivered"), status("failed", 131026)]
    assert heard(meta_value(statuses=late)) == [MessageArrived(WAMID, "Arrived on the phone.")]


def test_text_that_came_too_late_is_sent_again_and_the_window_is_known_as_closed():
    changed, failed = heard(meta_value(statuses=[status("failed", 131047, "Re-engagement message")]))
    assert changed == AddressChanged(PERSON, {"heard_at": ""})
    assert failed == MessageFailed(WAMID, Transient("WhatsApp did not deliver it: Re-engagement message", "131047"))


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (131026, AddressSuspect),
        (131049, Transient),
        (130429, RateLimited),
        (190, SenderBroken),
        (131042, SenderBroken),
        (131050, AddressDead),
        (130472, BadMessage),
        (131000, Transient),
        (424242, Transient),
    ],
)
def test_what_a_failure_means(code, meaning):
    found = outcome(code)
    assert isinstance(found, meaning)
    assert found.code == str(code)


def test_the_record_says_why_and_hides_the_number():
    found = outcome(131026, "15551234567 has no WhatsApp")
    assert found.detail == "WhatsApp did not deliver it: Failed: ••• has no WhatsApp"


def test_a_failure_without_a_reason_is_one():
    assert heard(meta_value(statuses=[status("failed")])) == [
        MessageFailed(WAMID, Transient("WhatsApp did not deliver it: no reason given", "failed"))
    ]


@pytest.mark.parametrize(
    "payload",
    [
        None, [], "x", {}, {"entry": 1}, {"entry": [1]}, {"entry": [{"changes": [{"field": "messages"}]}]},
        {"entry": [{"changes": [{"field": "messages", "value": {"metadata": []}}]}]},
        meta_payload({"metadata": {"phone_number_id": META["phone_number_id"]}, "messages": [{}], "statuses": [{}]}),
        meta_payload(meta_value(statuses=[{"id": ["x"], "status": {}}], messages=[{"from": 1, "text": []}])),
        meta_payload(meta_value(statuses=[{"id": WAMID, "status": "failed", "errors": [{"code": True}]}])),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_no_error(payload):
    assert isinstance(called(from_meta(payload), META), Answer)
