"""From an event to a message."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.event import Severity
from pingpilot.domain.ids import DeliveryId
from pingpilot.domain.message import Field, Source, compose, fields_of, utf16_len

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def message(age=timedelta(0), *, is_maybe_repeat=False, **changes):
    given = {
        "event_id": "e" * 32,
        "category": "sale",
        "emoji": "💰",
        "color": 0xFF6B6B,
        "description": None,
        "fields_json": "{}",
        "severity": Severity.INFO,
        "occurred_at": NOW - age,
        "received_at": NOW - age,
        "url": None,
    }
    return compose(
        Source(**{**given, **changes}), DeliveryId("d" * 32), NOW, "http://x/e", is_maybe_repeat=is_maybe_repeat
    )


def test_values_are_text_and_numbers_as_they_were_sent():
    text = '{"amount": 99.90, "big": 1e400, "n": 12345678901234567890, "ok": true, "no": false, "s": "<b>", "zero": 0}'
    assert fields_of(text) == (
        Field("amount", "99.90"),
        Field("big", "1e400"),
        Field("n", "12345678901234567890"),
        Field("ok", "true"),
        Field("no", "false"),
        Field("s", "<b>"),
        Field("zero", "0"),
    )


def test_fields_keep_the_order_received():
    assert [field.name for field in fields_of('{"b": 1, "a": 2, "10": 3, "9": 4}')] == ["b", "a", "10", "9"]


def test_without_a_description_there_is_a_sentence():
    assert message().description == "A new sale event has occurred!"
    assert message(description="Sold").description == "Sold"


def test_the_title_and_color_are_the_categorys():
    assert (message().title, message().color_hex) == ("💰 Sale", "#FF6B6B")


def test_lateness_is_said_only_after_two_minutes():
    assert message(timedelta(minutes=2)).lateness == ""
    assert "3 minutes ago" in message(timedelta(minutes=3)).lateness
    assert "5 hours ago" in message(timedelta(hours=5)).lateness
    assert "3 days ago" in message(timedelta(days=3)).lateness


@given(st.text())
def test_the_utf16_length_is_what_an_encoder_counts(text):
    assert utf16_len(text) == len(text.encode("utf-16-le")) // 2
