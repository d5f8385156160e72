"""SPEC section 4: bodies that break the schema, with every issue's code, path and sentence."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.shop import Shop
from tests.servers.service import Answer

Issue = dict[str, Any]

REQUIRED = "Required"
EMPTY = "Category name is required."
CHARS = "Category name can only contain letters, numbers or hypens."
TIME = (
    "Invalid timestamp. Expected RFC 3339 with an offset, such as 2026-01-31T12:00:00Z, "
    "not over 5 minutes ahead and not over 30 days ago"
)
URL = "Invalid url. Expected an address that begins with http:// or https://"


def issue(code: str, path: list[str], message: str, **extra: object) -> Issue:
    return {"code": code, "path": path, "message": message, **extra}


def wrong_type(path: list[str], expected: str, received: str) -> Issue:
    message = f"Expected {expected}, received {received}"
    return issue("invalid_type", path, message, expected=expected, received=received)


def too_long(path: list[str], maximum: int) -> Issue:
    return issue("too_big", path, f"String must contain at most {maximum} character(s)", maximum=maximum)


def issues_of(answer: Answer) -> list[Issue]:
    """Return the issues, which stand in the answer twice."""
    assert answer.status == 422, answer.body
    assert sorted(answer.json) == ["code", "errors", "message"]
    assert answer.json["code"] == "invalid_event"
    assert json.loads(answer.json["message"]) == answer.json["errors"]
    found: list[Issue] = answer.json["errors"]
    return found


@pytest.mark.parametrize(
    ("body", "received"),
    [("[]", "array"), ("[{}]", "array"), ("null", "null"), ('"x"', "string"), (" 1 ", "number"), ("true", "boolean")],
)
def test_a_body_that_is_no_object(shop: Shop, body: str, received: str):
    assert issues_of(shop.post(body.encode())) == [wrong_type([], "object", received)]


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("", issue("too_small", ["category"], EMPTY)),
        ("New Sale", issue("invalid_string", ["category"], CHARS)),
        ("user_signup", issue("invalid_string", ["category"], CHARS)),
        ("payment!", issue("invalid_string", ["category"], CHARS)),
        ("URGENT!!!", issue("invalid_string", ["category"], CHARS)),
        ("größe", issue("invalid_string", ["category"], CHARS)),
        ("sale\n", issue("invalid_string", ["category"], CHARS)),
        ("sale\u0000", issue("invalid_string", ["category"], CHARS)),
        ("ſale", issue("invalid_string", ["category"], CHARS)),
        ("٣", issue("invalid_string", ["category"], CHARS)),
        ("a" * 65, issue("too_big", ["category"], "String must contain at most 64 character(s)")),
        (None, wrong_type(["category"], "string", "null")),
        (1, wrong_type(["category"], "string", "number")),
        (["sale"], wrong_type(["category"], "string", "array")),
    ],
)
def test_a_category_that_breaks_the_rules(shop: Shop, category: object, expected: Issue):
    assert issues_of(shop.post({"category": category})) == [expected]


def test_a_body_without_a_category(shop: Shop):
    expected = issue("invalid_type", ["category"], REQUIRED, expected="string", received="undefined")
    assert issues_of(shop.post({})) == [expected]


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"description": "d" * 4_001}, too_long(["description"], 4_000)),
        ({"description": None}, wrong_type(["description"], "string", "null")),
        ({"description": 5}, wrong_type(["description"], "string", "number")),
        ({"description": {}}, wrong_type(["description"], "string", "object")),
        ({"dedupe_key": "k" * 201}, too_long(["dedupe_key"], 200)),
        ({"dedupe_key": False}, wrong_type(["dedupe_key"], "string", "boolean")),
        ({"url": None}, wrong_type(["url"], "string", "null")),
        ({"fields": None}, wrong_type(["fields"], "object", "null")),
        ({"fields": []}, wrong_type(["fields"], "object", "array")),
        ({"fields": "x"}, wrong_type(["fields"], "object", "string")),
        ({"severity": None}, wrong_type(["severity"], "string", "null")),
        ({"severity": 1}, wrong_type(["severity"], "string", "number")),
        ({"timestamp": 1_700_000_000}, wrong_type(["timestamp"], "string", "number")),
        ({"timestamp": None}, wrong_type(["timestamp"], "string", "null")),
    ],
)
def test_a_member_of_a_wrong_type_or_length(shop: Shop, member: dict[str, object], expected: Issue):
    assert issues_of(shop.post({"category": "sale", **member})) == [expected]


@pytest.mark.parametrize("severity", ["", "INFO", "fatal", "info "])
def test_a_severity_that_is_none_of_the_four(shop: Shop, severity: str):
    options = ["info", "success", "warning", "critical"]
    shown = " | ".join(f"'{option}'" for option in options)
    message = f"Invalid enum value. Expected {shown}, received '{severity}'"
    expected = issue("invalid_enum_value", ["severity"], message, options=options)
    assert issues_of(shop.post({"category": "sale", "severity": severity})) == [expected]


@pytest.mark.parametrize("value", ["null", "[]", "{}", "[1]", '{"a":1}', "1e400", "-1e400", "1" + "0" * 400])
def test_a_field_value_of_a_wrong_type(shop: Shop, value: str):
    body = f'{{"category":"sale","fields":{{"ok":1,"amount":{value}}}}}'.encode()
    assert issues_of(shop.post(body)) == [issue("invalid_union", ["fields", "amount"], "Invalid input")]


def test_a_field_value_that_is_too_long(shop: Shop):
    for value in ("v" * 2_001, "💰" * 2_001):
        assert issues_of(shop.post({"category": "sale", "fields": {"a": value}})) == [too_long(["fields", "a"], 2_000)]


def test_field_names_that_break_the_rules(shop: Shop):
    long = "n" * 101
    (empty, too_big) = issues_of(shop.post({"category": "sale", "fields": {"": 1, long: 2}}))
    assert (empty["code"], empty["path"]) == ("too_small", ["fields", ""])
    assert (too_big["code"], too_big["path"], too_big["maximum"]) == ("too_big", ["fields", long], 100)


def test_too_many_fields(shop: Shop):
    body = {"category": "sale", "fields": {f"f{number}": number for number in range(51)}}
    rule = "Object must contain at most 50 member(s)"
    assert issues_of(shop.post(body)) == [issue("too_big", ["fields"], rule, maximum=50)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "{day}",
        "{day}T10:00:00",
        "{day} 10:00:00Z",
        "{day}T10:00Z",
        "{day}T24:00:01Z",
        "{day}T10:00:00+25:00",
        "{day}T10:00:00,5Z",
        "{day}T10:00:00Z ",
        "2026-02-30T10:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "２０２６-01-01T00:00:00Z",
    ],
)
def test_a_timestamp_that_is_none(shop: Shop, text: str):
    body = {"category": "sale", "timestamp": text.format(day=datetime.now(UTC).date().isoformat())}
    assert issues_of(shop.post(body)) == [issue("invalid_date", ["timestamp"], TIME)]


@pytest.mark.parametrize("ahead", [timedelta(minutes=5, seconds=30), -timedelta(days=30, seconds=30)])
def test_a_timestamp_out_of_bounds(shop: Shop, ahead: timedelta):
    body = {"category": "sale", "timestamp": (datetime.now(UTC) + ahead).isoformat()}
    assert issues_of(shop.post(body)) == [issue("invalid_date", ["timestamp"], TIME)]


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "/orders", "//example.com", "ftp://example.com", "javascript:alert(1)", "http://", "https:///x"),
        *("http://exa mple.com", "https://example.com/\n", "https://[::1", "https://example.com/\u202e"),
    ],
)
def test_a_url_that_no_title_may_link_to(shop: Shop, url: str):
    assert issues_of(shop.post({"category": "sale", "url": url})) == [issue("invalid_string", ["url"], URL)]


def test_a_url_that_is_too_long(shop: Shop):
    found = issues_of(shop.post({"category": "sale", "url": "https://example.com/" + "u" * 1_981}))
    assert found == [too_long(["url"], 2_000)]


def test_members_that_do_not_exist(shop: Shop):
    expected = issue("unrecognized_keys", [], "Unrecognized key(s) in object: 'x'", keys=["x"])
    assert issues_of(shop.post({"category": "sale", "x": 1})) == [expected]
    message = "Unrecognized key(s) in object: 'Category', 'eventId'"
    (found,) = issues_of(shop.post({"category": "sale", "Category": "sale", "eventId": None}))
    assert (found["message"], found["keys"]) == (message, ["Category", "eventId"])


def test_all_issues_are_listed(shop: Shop):
    body = {
        "description": 1,
        "fields": {"a": None, "b": [], "c": "v" * 2_001, "": 1},
        "severity": "fatal",
        "timestamp": "now",
        "dedupe_key": "k" * 201,
        "url": "x",
        "extra": 1,
    }
    places = [(found["code"], found["path"]) for found in issues_of(shop.post(body))]
    assert sorted(places) == sorted(
        [
            ("invalid_type", ["category"]),
            ("invalid_type", ["description"]),
            ("invalid_union", ["fields", "a"]),
            ("invalid_union", ["fields", "b"]),
            ("too_big", ["fields", "c"]),
            ("too_small", ["fields", ""]),
            ("invalid_enum_value", ["severity"]),
            ("invalid_date", ["timestamp"]),
            ("too_big", ["dedupe_key"]),
            ("invalid_string", ["url"]),
            ("unrecognized_keys", []),
        ]
    )


def test_nothing_of_a_refused_body_is_stored(shop: Shop):
    before = shop.count()
    assert shop.post({"category": "sale", "x": 1}).status == 422
    assert shop.count() == before
