"""The client against a real server, sync and async."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest

from pingpilot_client import (
    BodyTooLarge,
    Client,
    ConfigurationError,
    Event,
    IdempotencyKeyReused,
    InvalidEvent,
    InvalidKey,
    Refused,
    UnknownCategory,
)


def test_an_event_arrives_with_all_it_says(connect, home):
    client = connect(home)
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=7)
    fields = {"amount": Decimal("99.90"), "plan": "PRO", "first": True, "seats": 3, "zero": 0}
    sent = client.send(
        "Sale", 'Say "hi" ä 💰', fields=fields, severity="success", timestamp=at, url="https://x.example"
    )
    (event,) = home.events()
    assert sent.event_id == event["id"]
    assert (event["category_name"], event["description"], event["severity"]) == ("sale", 'Say "hi" ä 💰', "success")
    assert event["fields"] == {"amount": "99.90", "plan": "PRO", "first": True, "seats": 3, "zero": 0}
    assert list(event["fields"]) == list(fields)
    receipt = client.receipt(sent.event_id)
    assert datetime.fromisoformat(receipt["occurredAt"]) == at
    assert sent.hint is not None
    assert "channel" in sent.hint.lower()


def test_an_event_may_be_given_whole(connect, home):
    connect(home).send(Event("sale", "whole"))
    assert home.events()[0]["description"] == "whole"
    with pytest.raises(TypeError):
        connect(home).send(Event("sale"), "and in parts")


def test_it_waits_for_the_deliveries(connect, own_home, hook):
    own_home.service.destination(own_home.workspace, "webhook", f"url={hook.url}")
    sent = connect(own_home).send("sale", wait=20)
    assert sent.status == "DELIVERED"
    assert [(way.channel, way.state, way.attempts) for way in sent.deliveries] == [("webhook", "DELIVERED", 1)]
    repeats = [connect(own_home).send("sale", dedupe_key="db-down", wait=20) for _ in range(2)]
    assert [(one.status, one.repeat_of) for one in repeats] == [("DELIVERED", None), ("DELIVERED", repeats[0].event_id)]
    with pytest.raises(ValueError, match="1 to 30"):
        connect(own_home).send("sale", wait=31)


def test_the_same_idempotency_key_is_one_event(connect, home):
    client, key = connect(home), uuid.uuid4().hex
    first = client.send("sale", "once", idempotency_key=key)
    again = client.send("sale", "once", idempotency_key=key)
    assert (again.event_id, first.is_replay, again.is_replay) == (first.event_id, False, True)
    with pytest.raises(IdempotencyKeyReused) as refused:
        client.send("sale", "twice", idempotency_key=key)
    assert (refused.value.status, refused.value.code) == (422, "idempotency_key_reused")


def test_refusals_carry_the_server_s_own_words(connect, home):
    with pytest.raises(UnknownCategory, match='You dont have a category named "nope"') as refused:
        connect(home).send("nope")
    assert (refused.value.status, refused.value.code) == (404, "unknown_category")
    with pytest.raises(InvalidKey, match="Invalid API key"):
        connect(home, key="pp_wrong").send("sale")
    big = {f"field-{number}": "ä" * 2_000 for number in range(50)}
    with pytest.raises(BodyTooLarge, match="limit 65536 bytes"):
        connect(home).send("sale", fields=big)
    with pytest.raises(Refused, match="no such event"):
        connect(home).receipt("0" * 32)


def test_what_only_the_server_can_tell_is_the_same_exception(connect, home):
    with pytest.raises(InvalidEvent) as refused:
        connect(home).send("sale", timestamp=datetime.now(UTC) + timedelta(hours=1))
    assert refused.value.status == 422
    assert [issue.path for issue in refused.value.issues] == [("timestamp",)]


def test_many_events_go_together_and_a_bad_one_stops_no_other(connect, home):
    events = [Event("sale", f"number {number}") for number in range(1_100)]
    events[3], events[1_050] = Event("nope"), cast("Any", Event)("sale", severity="awful")
    done = connect(home).send_many(iter(events))
    assert [result.index for result in done] == list(range(1_100))
    refused = {result.index: result.error for result in done if not result.is_accepted}
    assert isinstance(refused.pop(3), UnknownCategory)
    assert isinstance(refused.pop(1_050), InvalidEvent)
    assert refused == {}
    stored = home.events()
    assert len(stored) == 1_098
    assert {event["description"] for event in stored} >= {"number 0", "number 1099"}
    assert connect(home).send_many([]) == []


def test_a_batch_that_breaks_off_says_what_was_settled(connect, home):
    with pytest.raises(InvalidKey) as refused:
        connect(home, key="pp_wrong").send_many([Event("sale"), Event("New Sale")])
    assert [result.index for result in refused.value.results] == [1]


def test_the_quota_is_told(connect, own_home):
    connect(own_home).send("sale")
    quota = connect(own_home).quota()
    assert (quota.plan, quota.events_used, quota.events_limit) == ("UNLIMITED", 1, None)


def test_the_environment_says_whom_to_call(home, monkeypatch):
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    with Client() as client:
        client.send("sale")
    assert home.key not in repr(client) + repr(client.access)


@pytest.mark.parametrize(
    ("key", "url"),
    [
        (None, "http://127.0.0.1"),
        (" ", "http://x"),
        ("pp_a b", "http://x"),
        ("pp_ä", "http://x"),
        ("pp_a\nb", "http://x"),
        ("pp_a", "ftp://x"),
        ("pp_a", "x.example"),
        ("pp_a", "http://"),
        ("pp_a", "https://me:secret@x.example"),
    ],
)
def test_a_wrong_set_up_is_said_at_once(key, url, monkeypatch):
    monkeypatch.delenv("PINGPILOT_API_KEY", raising=False)
    with pytest.raises(ConfigurationError):
        Client(key, url)
