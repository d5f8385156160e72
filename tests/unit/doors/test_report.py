"""What is made to fit: names, fields, times."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from pingpilot.domain.event import Severity
from pingpilot.doors.report import Report, flat, instant, name_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My alerts", "my-alerts"),
        ("disk_full", "disk-full"),
        ("a.b/c", "a-b-c"),
        ("--x--", "x"),
        ("é", ""),
        ("A" * 99, "a" * 64),
    ],
)
def test_a_topic_becomes_a_category_name(text: str, name: str):
    assert name_of(text) == name


def test_fields_are_flat_and_blanks_are_left_out():
    tree = {
        "a": {"b": {"c": 1}},
        "none": None,
        "empty": "",
        "no": False,
        "nothing": [],
        "list": ["x", 2],
        "odd": [{"k": 1}],
    }
    assert flat(tree) == {"a.b.c": 1, "no": False, "list": "x, 2", "odd": '[{"k":1}]'}


def test_too_many_fields_are_counted():
    fields = flat({f"n{number}": number for number in range(60)})
    assert len(fields) == 50
    assert fields["…"] == "+11 more"


def test_numbers_keep_their_digits_and_what_is_no_number_is_text():
    event = Report("x", fields={"a": Decimal("99.90"), "b": Decimal("1e999"), "c": 2**80}).event("sale", NOW)
    assert event.fields_json.startswith('{"a":99.90,"b":"')
    assert json.loads(event.fields_json)["c"] == str(2**80)


def test_a_long_field_is_cut():
    (value,) = flat({"k": "v" * 3_000}).values()
    assert isinstance(value, str)
    assert (len(value), value[-1]) == (2_000, "…")


@pytest.mark.parametrize(
    ("value", "at"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        ("1", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ("2026-11-23T13:00:00+01:00", NOW),
        ("2026-11-23T12:00:00Z", NOW),
        ("2026-11-23 12:00:00", NOW),
        ("soon", None),
        (10**30, None),
        (True, None),
        (None, None),
    ],
)
def test_times_in_many_spellings(value: object, at: datetime | None):
    assert instant(value) == at


@pytest.mark.parametrize("away", [timedelta(days=31), -timedelta(minutes=6)])
def test_a_time_too_far_off_is_that_of_receipt(away: timedelta):
    assert Report("x", occurred_at=NOW - away).event("sale", NOW).occurred_at is None


def test_an_address_that_is_none_is_left_out():
    for url in ("javascript:alert(1)", "nonsense", "https://example.com/" + "x" * 2_000):
        assert Report("x", url=url).event("sale", NOW).url is None


def test_a_report_of_nothing_is_still_an_event():
    event = Report("").event("sale", NOW)
    assert (event.description, event.fields_json, event.severity) == (None, "{}", Severity.INFO)
