"""Counts and sums add up, in any order, to the last digit."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.tally import NAMES_MAX, SLOT, SLOTS_A_DAY, Tally, number, slot_of, start_of

NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(json.dumps) | st.integers(-(10**300), 10**300).map(str)
EVENTS = st.lists(st.dictionaries(st.sampled_from("abc"), NUMBERS | st.sampled_from(['"7"', "true"])), max_size=8)


def text(fields: dict[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}"


def tally(events: list[dict[str, str]]) -> Tally:
    found = Tally()
    for fields in events:
        found.count(text(fields))
    return found


def shown(one: Tally) -> tuple[object, ...]:
    return one.events, {name: (f.events, f.numbers, Fraction(f.total)) for name, f in one.fields.items()}


@given(EVENTS, EVENTS)
def test_the_sum_of_tallies_is_the_tally_of_all(some, others):
    whole = tally(some)
    whole.add(tally(others))
    assert shown(whole) == shown(tally(others + some))
    assert whole.events == len(some) + len(others)
    for name, one in whole.fields.items():
        values = [fields[name] for fields in some + others if name in fields]
        numbers = [Fraction(number(value)) for value in values if value not in ('"7"', "true")]
        assert (one.events, one.numbers, Fraction(one.total)) == (len(values), len(numbers), sum(numbers))


@given(EVENTS, EVENTS)
def test_what_is_taken_out_again_leaves_no_trace(some, others):
    whole = tally(some + others)
    whole.add(tally(others), -1)
    assert shown(whole) == shown(tally(some))
    whole.add(tally(some), -1)
    assert whole.is_empty


@given(EVENTS, EVENTS)
def test_out_and_in_is_the_same_as_in_and_out(some, others):
    whole = Tally()
    whole.add(tally(others), -1)
    whole = Tally.of(whole.events, whole.text)
    whole.add(tally(some + others))
    assert shown(whole) == shown(tally(some))


@given(EVENTS)
def test_a_text_says_all(some):
    one = tally(some)
    again = Tally.of(one.events, one.text)
    assert again == one


def test_fields_keep_the_first_place_they_had():
    one = tally([{"a": "1", "b": "1"}, {"b": "1"}, {"c": "1", "a": "2"}])
    assert {name: field.position for name, field in one.fields.items()} == {"a": 0, "b": 0, "c": 0}


def test_names_beyond_the_limit_are_left_out():
    one = tally([{f"n{index}": "1"} for index in range(NAMES_MAX + 5)])
    assert (one.events, len(one.fields)) == (NAMES_MAX + 5, NAMES_MAX)


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ("99.90", "99.90"),
        ("1e2", "100"),
        ("1.7e308", "1.7e308"),
        ("-0.0", "0"),
        ("0." + "1" * 60_000, "0." + "1" * 30),
        ("1e-40", "0"),
        ("1e-999999999", "0"),
        ("1e-99999999999999999999999", "0"),
        ("9" * 300, "9" * 300),
    ],
)
def test_a_number_counts_as_it_is_written(written, counts):
    assert Fraction(number(written)) == Fraction(Decimal(counts))


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_has_its_slot(at):
    start = start_of(slot_of(at))
    assert timedelta(0) <= at - start < SLOT
    assert start.minute % 15 == 0
    assert start_of(slot_of(at) // SLOTS_A_DAY * SLOTS_A_DAY).time() == datetime.min.time()
    assert timedelta(days=1) == SLOTS_A_DAY * SLOT
