"""Gotify: sending as its documentation shows it. Source: gotify.net/docs/pushmsg."""

from datetime import datetime

import pytest

from tests.contract.doors.visitor import FORM, Visitor

MESSAGE = {"message": "Backup was **successful**", "priority": 2, "title": "my title"}


def test_a_message_as_json(visitor: Visitor):
    answer = visitor.call("/message", MESSAGE, {"X-Gotify-Key": visitor.key})
    assert answer.status == 200
    said = answer.json
    assert (said["message"], said["title"], said["priority"]) == (MESSAGE["message"], "my title", 2)
    assert isinstance(said["id"], int)
    assert 0 < said["id"] < 2**53
    assert datetime.fromisoformat(said["date"]).tzinfo is not None
    told = visitor.told(said["eventId"])
    assert (told.category, told.description) == ("gotify", "my title\nBackup was **successful**")


def test_the_token_in_the_address_and_a_form(visitor: Visitor):
    answer = visitor.call(f"/message?token={visitor.key}", {"title": "t", "message": "m", "priority": "5"}, FORM)
    assert visitor.told(answer.json["eventId"]).description == "t\nm"
    plain = visitor.call("/message", {"message": "m"}, {**visitor.bearer, **FORM})
    assert visitor.told(plain.json["eventId"]).description == "m"


def test_a_multipart_form(visitor: Visitor):
    part = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(f"--b\r\n{part.format(*pair)}" for pair in (("title", "Grüße"), ("message", "m"))) + "--b--\r\n"
    headers = {"X-Gotify-Key": visitor.key, "Content-Type": "multipart/form-data; boundary=b"}
    answer = visitor.call("/message", body.encode(), headers)
    assert visitor.told(answer.json["eventId"]).description == "Grüße\nm"


@pytest.mark.parametrize(
    ("priority", "severity"), [(0, "info"), (5, "info"), (6, "warning"), (8, "critical"), (10, "critical")]
)
def test_the_priority_is_a_severity(visitor: Visitor, priority: int, severity: str):
    answer = visitor.call("/message", {**MESSAGE, "priority": priority}, visitor.bearer)
    assert visitor.told(answer.json["eventId"]).severity == severity


def test_extras_are_fields_but_those_of_the_apps(visitor: Visitor):
    extras = {
        "client::display": {"contentType": "text/markdown"},
        "client::notification": {"click": {"url": "https://nas.example.com"}},
        "home::appliances": {"lighting": {"on": True, "brightness": 15}},
    }
    answer = visitor.call("/message", {**MESSAGE, "extras": extras}, visitor.bearer)
    told = visitor.told(answer.json["eventId"])
    assert told.url == "https://nas.example.com"
    assert told.fields == {"home::appliances.lighting.on": True, "home::appliances.lighting.brightness": 15}


def test_ids_ascend(visitor: Visitor):
    ids = [visitor.call("/message", MESSAGE, visitor.bearer).json["id"] for _ in range(5)]
    assert len(set(ids)) == 5


def test_refusals_have_gotifys_shape(visitor: Visitor):
    unknown = visitor.call("/message", MESSAGE)
    assert (unknown.status, unknown.json["error"], unknown.json["errorCode"]) == (401, "Unauthorized", 401)
    assert unknown.json["errorDescription"] == "Unauthorized"
    empty = visitor.call("/message", {"title": "t"}, visitor.bearer)
    assert (empty.status, empty.json["errorDescription"]) == (400, "Field 'message' is required")
    nowhere = visitor.call("/message?category=none", MESSAGE, visitor.bearer)
    assert (nowhere.status, nowhere.json["code"]) == (404, "unknown_category")


def test_an_idempotency_key_keeps_it_once(visitor: Visitor):
    headers = {**visitor.bearer, "Idempotency-Key": "gotify-once"}
    first, second = (visitor.call("/message", MESSAGE, headers).json["eventId"] for _ in range(2))
    assert first == second
    assert visitor.call("/message", {"message": "another"}, headers).json["code"] == "idempotency_key_reused"


def test_broken_json_is_called_so(visitor: Visitor):
    headers = {**visitor.bearer, "Content-Type": "application/json"}
    answer = visitor.call("/message", b'{"message": "x', headers)
    assert (answer.status, answer.json["errorDescription"]) == (400, "Invalid JSON request body")


def test_what_is_not_answered_is_no_page(visitor: Visitor):
    for path in ("/application", "/version"):
        answer = visitor.call(path, headers={"X-Gotify-Key": visitor.key}, method="GET")
        assert (answer.status, answer.json["code"]) == (404, "not_found")
