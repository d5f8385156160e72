"""A message as plain text: what stands in it, and what gives way when there is no room."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot.domain.message import utf16_len
from pingpilot.domain.plain_text import plain_text
from tests.conformance.channels.strategies import any_message
from tests.unit.channels.sample import a_message

LINK = f"https://ping.example/dashboard/events/{'e' * 32}"
TIME = "\n\n🕒 2026-11-23T05:27:00.000Z"


def doubled(text):
    return text.replace("*", "**")


def json_bytes(text):
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def test_everything_that_fits_is_there():
    assert plain_text(a_message(), 1000) == f"A new sale\n\namount: 99.90\nplan: PRO\npaid: true{TIME}"


def test_a_message_without_fields_has_no_gap():
    assert plain_text(a_message(fields={}), 1000, is_timed=False) == "A new sale"


def test_remarks_close_the_text():
    late = plain_text(a_message(fields={}, late=timedelta(minutes=5)), 1000, is_timed=False)
    assert late == "A new sale\n\n⏳ Delivered late: this happened 5 minutes ago."


def test_fields_that_do_not_fit_are_counted_and_linked():
    text = plain_text(a_message(fields={f"f{n}": "x" * 90 for n in range(50)}), 1000, is_timed=False)
    shown = text.count("\nf")
    assert text.endswith(f"\n… +{50 - shown} more: {LINK}")
    assert 1000 - 97 < len(text) <= 1000


def test_what_has_no_room_is_not_even_made():
    made: list[str] = []

    def noted(text: str) -> str:
        made.append(text)
        return text

    plain_text(a_message(fields={f"name {n}": "x" * 2000 for n in range(50)}), 1000, escape=noted)
    assert len([text for text in made if text.startswith("name")]) == 4


def test_a_cut_value_is_linked_too():
    assert plain_text(a_message(fields={"log": "x" * 2000}), 1000).endswith(f"x…\n… more: {LINK}{TIME}")


def test_a_long_description_leaves_half_of_the_room_to_the_fields():
    text = plain_text(a_message(description="d" * 4000, fields={f"f{n}": "x" * 40 for n in range(50)}), 1000)
    assert 350 < text.count("d") < 500
    assert text.count("x" * 40) > 5


def test_a_long_description_takes_the_room_that_fields_leave():
    text = plain_text(a_message(description="d" * 4000, fields={"a": "b"}), 1000)
    assert text.count("d") > 800
    assert "\na: b\n" in text


def test_what_cannot_be_seen_is_a_dash():
    assert plain_text(a_message(description=" \n", fields={"\u200b": "  "}), 1000, is_timed=False) == "—\n\n—: —"


@pytest.mark.parametrize("size", [utf16_len, len, json_bytes])
@given(message=any_message(), limit=st.integers(500, 4000))
@settings(max_examples=100, deadline=None)
def test_the_limit_holds_in_any_unit(size, message, limit):
    text = plain_text(message, limit, escape=doubled, size=size)
    assert size(text) <= limit
    assert "*" not in text.replace("**", "")
    assert "\r" not in text
    text.encode()
