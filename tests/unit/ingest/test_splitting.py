"""Any bytes are split into events, taken as one, or refused; never more than a thousand and one are held."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.errors import InvalidEvent, InvalidJson
from pingpilot.ingest.splitting import EVENTS_MAX, split

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=4)
SPACES = st.text(" \t\r\n", max_size=3)


@given(st.lists(VALUES, min_size=1, max_size=20), SPACES)
def test_an_array_gives_its_elements(values: list[object], space: str):
    items = split((space + json.dumps(values) + space).encode())
    assert items is not None
    assert [json.loads(item) for item in items] == values


@given(st.lists(OBJECTS, min_size=2, max_size=20), SPACES)
def test_lines_give_one_event_each(values: list[object], space: str):
    body = "\n".join(json.dumps(value) + space for value in values)
    items = split(body.encode())
    assert items is not None
    assert [json.loads(item) for item in items] == values


@given(OBJECTS, st.none() | st.integers(0, 4), SPACES)
def test_one_object_is_one_event_however_it_is_laid_out(value: object, indent: int | None, space: str):
    assert split((space + json.dumps(value, indent=indent) + space).encode()) is None


@given(st.binary() | st.text('[]{}",:\n 1').map(str.encode))
def test_whatever_comes_is_split_taken_as_one_or_refused(body: bytes):
    try:
        items = split(body)
    except (InvalidJson, InvalidEvent):
        return
    assert items is None or 1 <= len(items) <= EVENTS_MAX


@pytest.mark.parametrize("body", [b"[" + b"1," * 2_600_000 + b"1]", b"{}\n" * 1_700_000])
def test_far_too_many_are_refused(body: bytes):
    with pytest.raises(InvalidEvent):
        split(body)
