"""SPEC section 4: events that are accepted, and that they are stored as they were sent."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.shop import Shop
from tests.servers.service import Answer

Body = dict[str, Any]


def is_accepted(answer: Answer) -> bool:
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "application/json"
    content = dict(answer.json)
    content.pop("hint", None)
    assert content.pop("eventId").isalnum()
    assert content == {"message": "Event processed successfully", "code": "accepted"}
    return True


def stored(shop: Shop, body: object, *columns: str) -> tuple[Any, ...]:
    answer = shop.post(body)
    assert is_accepted(answer)
    return shop.event(answer.json["eventId"], *columns)


def test_the_least_event_gets_the_defaults(shop: Shop):
    row = stored(shop, {"category": "sale"}, "category_name", "description", "fields", "severity", "url", "dedupe_key")
    assert row == ("sale", None, "{}", "info", None, None)


def test_the_time_of_an_event_without_one_is_that_of_its_receipt(shop: Shop):
    before = datetime.now(UTC)
    occurred, received = (_instant(one) for one in stored(shop, {"category": "sale"}, "occurred_at", "received_at"))
    assert occurred == received
    assert before - timedelta(seconds=1) <= occurred <= datetime.now(UTC)


def test_every_member_is_stored_as_sent(shop: Shop):
    body = {
        "category": "SaLe",
        "description": "Ein Kauf 🎉\n«zwei» Zeilen",
        "severity": "critical",
        "dedupe_key": "order-1",
        "url": "https://example.com/orders/1?a=b#c",
    }
    columns = ("category_name", "description", "severity", "dedupe_key", "url")
    assert stored(shop, body, *columns) == ("sale", body["description"], "critical", "order-1", body["url"])


def test_fields_keep_their_order_and_numbers_their_digits(shop: Shop):
    fields = '{"z":99.90,"a":0,"neg":-0.10,"big":12345678901234567890123,"exp":1E5,"no":false,"t":"日本 \\"q\\""}'
    (kept,) = stored(shop, f'{{"category":"sale","fields":{fields}}}'.encode(), "fields")
    assert kept == fields


def test_an_empty_description_counts_as_absent(shop: Shop):
    assert stored(shop, {"category": "sale", "description": ""}, "description") == (None,)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("{day}T10:00:00Z", "{day} 10:00:00"),
        ("{day}t10:00:00z", "{day} 10:00:00"),
        ("{day}T12:30:00.25+02:30", "{day} 10:00:00.250000"),
        ("{day}T07:00:00.123456789-03:00", "{day} 10:00:00.123456"),
        ("{day}T10:00:00-00:00", "{day} 10:00:00"),
    ],
)
def test_a_timestamp_with_an_offset_is_kept_in_utc(shop: Shop, text: str, instant: str):
    day = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    (occurred,) = stored(shop, {"category": "sale", "timestamp": text.format(day=day)}, "occurred_at")
    assert _instant(occurred) == datetime.fromisoformat(instant.format(day=day)).replace(tzinfo=UTC)


@pytest.mark.parametrize("ahead", [timedelta(minutes=4, seconds=50), -timedelta(days=29, hours=23, minutes=59)])
def test_a_timestamp_just_within_bounds(shop: Shop, ahead: timedelta):
    assert is_accepted(shop.post({"category": "sale", "timestamp": (datetime.now(UTC) + ahead).isoformat()}))


@pytest.mark.parametrize(
    "member",
    [
        {"description": "d" * 4_000},
        {"description": "💰" * 4_000},
        {"fields": {f"field {number}": number for number in range(50)}},
        {"fields": {"n" * 100: "v" * 2_000, "ü" * 100: "💰" * 2_000}},
        {"fields": {"a": True, "b": False, "c": 0, "d": "", "e": -1.5e-300}},
        {"dedupe_key": "k" * 200},
        {"url": "https://example.com/" + "u" * 1_980},
        {"url": "http://example.com"},
        {"severity": "info"},
        {"severity": "success"},
        {"severity": "warning"},
    ],
)
def test_what_stands_at_a_limit_is_accepted(shop: Shop, member: Body):
    assert is_accepted(shop.post({"category": "sale", **member}))


def test_the_content_type_is_not_checked(shop: Shop):
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"):
        assert is_accepted(shop.post({"category": "sale"}, **{"Content-Type": kind}))


def test_a_body_of_exactly_the_limit_is_accepted(shop: Shop):
    body = json.dumps({"category": "sale"}).encode()
    assert is_accepted(shop.post(body + b" " * (65_536 - len(body))))


def test_white_space_around_the_body_is_nothing(shop: Shop):
    assert is_accepted(shop.post(b' \r\n\t{ "category" : "sale" } \n'))


def test_a_query_string_changes_nothing(shop: Shop):
    headers = {"Authorization": f"Bearer {shop.key}"}
    assert is_accepted(shop.service.request("POST", "/api/v1/event?source=test", b'{"category":"sale"}', headers))


def test_event_ids_ascend(shop: Shop):
    ids = [shop.post({"category": "sale"}).json["eventId"] for _ in range(20)]
    assert ids == sorted(set(ids))


def test_nul_characters_never_reach_the_database(shop: Shop):
    body = b'{"category":"sale","description":"a\\u0000b","fields":{"k\\u0000":"v\\u0000"},"dedupe_key":"d\\u0000"}'
    row = stored(shop, body, "description", "fields", "dedupe_key")
    assert row == ("a\ufffdb", '{"k\ufffd":"v\ufffd"}', "d\ufffd")


def test_while_no_channel_is_set_up_the_answer_says_where(shop: Shop):
    hint = shop.post({"category": "sale"}).json["hint"]
    assert hint.endswith(f" {shop.service.url}/dashboard/channels")
    (status,) = stored(shop, {"category": "sale"}, "status")
    assert status == "DELIVERED"


def test_an_unlimited_plan_has_no_quota_headers(shop: Shop):
    assert not [name for name in shop.post({"category": "sale"}).headers if name.startswith("ratelimit")]


def test_the_command_line_lists_what_was_accepted(shop: Shop):
    accepted = shop.post({"category": "sale", "severity": "warning"}).json["eventId"]
    listed = shop.service.json("events", "list", "--limit", "100", "--workspace", str(shop.workspace.id))
    (mine,) = (event for event in listed if event["eventId"] == accepted)
    assert (mine["category"], mine["severity"], mine["status"]) == ("sale", "warning", "DELIVERED")


def _instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
