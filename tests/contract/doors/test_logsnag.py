"""LogSnag: what its documented call leads to, and what its clients are told. Source: docs.logsnag.com."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.contract.doors.visitor import Visitor

LOG = {"project": "shop", "channel": "sale", "event": "Order placed"}


def test_a_log_is_an_event_of_its_channel(visitor: Visitor):
    log = {
        **LOG,
        "description": "Two lamps",
        "icon": "💡",
        "user_id": "ada",
        "tags": {"plan": "pro", "seats": 3, "is-new": True},
        "notify": True,
    }
    answer = visitor.call("/v1/log", log, visitor.bearer)
    assert answer.status == 200
    assert answer.json["channel"] == "sale"
    told = visitor.told(answer.json["eventId"])
    assert (told.category, told.description) == ("sale", "💡 Order placed\nTwo lamps")
    assert told.fields == {"project": "shop", "user_id": "ada", "plan": "pro", "seats": 3, "is-new": True}


def test_numbers_keep_their_digits(visitor: Visitor):
    body = b'{"project":"shop","channel":"sale","event":"x","tags":{"amount":99.90,"big":12345678901234567}}'
    answer = visitor.call("/v1/log", body, visitor.bearer)
    assert '"amount":99.90' in visitor.fields_text(answer.json["eventId"]).replace(" ", "")


def test_the_time_is_taken_in_seconds(visitor: Visitor):
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    answer = visitor.call("/v1/log", {**LOG, "timestamp": int(at.timestamp())}, visitor.bearer)
    (stored,) = visitor.shop.event(answer.json["eventId"], "occurred_at")
    assert datetime.fromisoformat(str(stored)).replace(tzinfo=UTC) == at


def test_what_is_missing_is_named(visitor: Visitor):
    answer = visitor.call("/v1/log", {"project": "shop"}, visitor.bearer)
    assert answer.status == 400
    assert answer.json["message"] == "Validation Error"
    assert [one["path"] for one in answer.json["validation"]["body"]] == ["channel", "event"]


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "invalid_json"), (b"{", "invalid_json"), (b"\xff", "invalid_json"), (b"[1]", "invalid_request"),
     (b'"x"', "invalid_request")],
)  # fmt: skip
def test_what_is_no_log_is_refused(visitor: Visitor, body: bytes, code: str):
    answer = visitor.call("/v1/log", body, visitor.bearer)
    assert (answer.status, answer.json["code"]) == (400, code)


@pytest.mark.parametrize("path", ["/v1/identify", "/v1/insight"])
def test_what_has_no_counterpart_is_refused_in_json(visitor: Visitor, path: str):
    answer = visitor.call(path, {"project": "shop"}, visitor.bearer)
    assert (answer.status, answer.json["code"]) == (404, "not_found")


def test_a_channel_without_a_category_is_refused_with_a_hint(visitor: Visitor):
    answer = visitor.call("/v1/log", {**LOG, "channel": "Nobody Knows"}, visitor.bearer)
    assert answer.status == 404
    assert answer.json["message"] == 'You dont have a category named "nobody-knows"'
    assert "?category=" in answer.json["hint"]


def test_the_address_may_choose_the_category(visitor: Visitor):
    for path in ("/v1/log?category=backups", "/in/logsnag/backups/v1/log", f"/in/logsnag/{visitor.key}/backups/v1/log"):
        answer = visitor.call(path, LOG, visitor.bearer)
        assert visitor.told(answer.json["eventId"]).category in {"backups", "sale"}


def test_a_wrong_token(visitor: Visitor):
    answer = visitor.call("/v1/log", LOG, {"Authorization": "Bearer wrong"})
    assert (answer.status, answer.json) == (401, {"message": "Invalid API key", "code": "invalid_api_key"})
    assert answer.headers["www-authenticate"] == "Bearer"
