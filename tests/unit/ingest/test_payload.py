"""Bytes to an event: for any input an event or a refusal, and both ways of looking at a body agree."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.errors import InvalidEvent, InvalidJson, Issue
from pingpilot.domain.event import NewEvent
from pingpilot.ingest.issues import find_issues
from pingpilot.ingest.payload import instant_of, is_field_value, is_web_url, parse

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MEMBERS = ("category", "description", "fields", "severity", "timestamp", "dedupe_key", "url", "other")

texts = st.text() | st.sampled_from(["", "sale", "info", "\x00", "💰" * 2_001, "d" * 4_001, "https://a.example/"])
instants = st.integers(-40 * 86_400, 86_400).map(lambda ahead: (NOW + timedelta(seconds=ahead)).isoformat())
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
good_fields = st.dictionaries(st.text(min_size=1, max_size=100), st.booleans() | st.integers() | st.text(max_size=50))
names = st.from_regex(r"[a-zA-Z0-9-]{1,64}", fullmatch=True)
good_members: dict[str, st.SearchStrategy[Any]] = {
    "description": st.text(max_size=100),
    "fields": good_fields,
    "severity": st.sampled_from(["info", "success", "warning", "critical"]),
    "timestamp": instants,
    "dedupe_key": st.text(max_size=200),
    "url": st.sampled_from(["http://example.com", "https://example.com/a?b=c#d", "https://[::1]/"]),
}
bodies = st.fixed_dictionaries(
    {"category": names | json_values},
    optional={name: good_members.get(name, json_values) | json_values for name in MEMBERS[1:]},
) | st.dictionaries(st.sampled_from(MEMBERS) | texts, json_values)
written = st.one_of(bodies, json_values).map(lambda value: json.dumps(value, ensure_ascii=False).encode())


@st.composite
def spoilt(draw: Callable[..., Any]) -> bytes:
    """A body with a piece of it replaced by other bytes."""
    body = draw(written)
    start = draw(st.integers(0, len(body)))
    length = draw(st.integers(0, 5))
    other: bytes = body[:start] + draw(st.binary(max_size=5)) + body[start + length :]
    return other


def result_of(body: bytes) -> NewEvent | InvalidJson | InvalidEvent:
    try:
        return parse(body, NOW)
    except (InvalidJson, InvalidEvent) as error:
        return error


def issues_of(body: bytes) -> list[Issue]:
    return find_issues(body.decode(), lambda text: instant_of(text, NOW) is not None, is_web_url, is_field_value)


def event_of(**members: object) -> NewEvent:
    return parse(json.dumps({"category": "sale", **members}).encode(), NOW)


@given(st.binary() | spoilt())
def test_any_bytes_are_an_event_or_a_refusal(body: bytes):
    result_of(body)


@given(written)
def test_a_body_is_accepted_exactly_when_it_has_no_issue(body: bytes):
    result = result_of(body)
    match result:
        case NewEvent():
            assert issues_of(body) == []
        case InvalidEvent():
            assert list(result.issues) == issues_of(body) != []
        case InvalidJson():
            pytest.fail("this is JSON")


@given(spoilt())
def test_a_spoilt_body_is_accepted_exactly_when_it_has_no_issue(body: bytes):
    match result_of(body):
        case NewEvent():
            assert issues_of(body) == []
        case InvalidEvent():
            assert issues_of(body) != []
        case InvalidJson():
            pass


@given(st.fixed_dictionaries({"category": names}, optional=good_members))
def test_a_right_body_is_an_event_with_what_it_says(body: dict[str, Any]):
    result = result_of(json.dumps(body).encode())
    if "timestamp" in body and instant_of(body["timestamp"], NOW) is None:
        assert isinstance(result, InvalidEvent)
        return
    assert isinstance(result, NewEvent)
    said = {"category": body["category"].lower(), "severity": body.get("severity", "info"), "url": body.get("url")}
    assert {"category": result.category, "severity": result.severity, "url": result.url} == said
    assert result.description == (_without_nul(body.get("description", "")) or None)
    assert result.dedupe_key == (_without_nul(body.get("dedupe_key", "")) or None)
    assert result.occurred_at == instant_of(body.get("timestamp", ""), NOW)


@given(
    st.lists(
        st.tuples(
            st.text(min_size=1, max_size=20),
            st.from_regex(r"-?(0|[1-9]\d{0,20})(\.\d{1,9})?", fullmatch=True, alphabet=st.characters(codec="ascii")),
        ),
        max_size=50,
    )
)
def test_numbers_stay_as_sent_and_fields_in_their_order(pairs: list[tuple[str, str]]):
    members = {name: number for name, number in pairs if "\x00" not in name}
    fields = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{number}" for name, number in members.items())
    event = parse(f'{{"category":"sale","fields":{{{fields}}}}}'.encode(), NOW)
    assert json.loads(event.fields_json, parse_float=str, parse_int=str, object_pairs_hook=list) == list(
        members.items()
    )


@pytest.mark.parametrize(
    "number", ["99.90", "-0", "-0.0", "1e5", "1E+05", "0.10", "123456789012345678901234567890", "1e308"]
)
def test_a_number_keeps_its_spelling(number: str):
    assert parse(f'{{"category":"sale","fields":{{"a": {number} }}}}'.encode(), NOW).fields_json == f'{{"a":{number}}}'


def test_of_a_member_said_twice_the_last_counts():
    event = parse(b'{"category":"bug","category":"sale","fields":{"a":null,"a":1}}', NOW)
    assert (event.category, event.fields_json) == ("sale", '{"a":1}')


@given(st.text(max_size=30))
def test_no_text_ever_holds_a_nul(text: str):
    event = event_of(description=text + "\x00", dedupe_key="\x00" + text, fields={"\x00": text, text + "\x00a": "\x00"})
    assert "\x00" not in json.dumps([event.description, event.dedupe_key, json.loads(event.fields_json)])
    assert "\\u0000" not in event.fields_json


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("2026-11-23T12:05:00Z", timedelta(minutes=5)),
        ("2026-10-24T12:00:00Z", -timedelta(days=30)),
        ("2026-11-23T13:00:00+01:00", timedelta(0)),
        ("2026-11-23t12:00:00.000001z", timedelta(microseconds=1)),
    ],
)
def test_a_time_within_bounds(text: str, distance: timedelta):
    assert instant_of(text, NOW) == NOW + distance


@pytest.mark.parametrize("text", ["2026-11-23T12:05:00.000001Z", "2026-10-24T11:59:59.999999Z", "2026-11-23T12:00:60Z"])
def test_a_time_out_of_bounds(text: str):
    assert instant_of(text, NOW) is None


@given(st.text())
def test_any_text_is_an_instant_or_none(text: str):
    instant = instant_of(text, NOW)
    assert instant is None or NOW - timedelta(days=30) <= instant <= NOW + timedelta(minutes=5)


@given(st.text() | st.text().map("http://{}".format))
def test_an_address_has_a_host_and_nothing_unprintable(text: str):
    if is_web_url(text):
        assert text.partition("://")[0].lower() in ("http", "https")
        assert not set(text) & set(" \t\r\n\x00\u202e")


def _without_nul(text: str) -> str:
    return text.replace("\x00", "\ufffd")
