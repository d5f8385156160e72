"""What is wrong with an event is said before it is sent, in the words of the server."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from pingpilot_client import Client, Event, InvalidEvent

LONG = "x" * 5_000
Unchecked: Any = Event
"""What somebody may write who runs no type checker."""


@pytest.mark.parametrize(
    "event",
    [
        Event(""),
        Event("New Sale"),
        Event("a" * 65),
        Unchecked(7),
        Event("sale", LONG),
        Unchecked("sale", ["a"]),
        Unchecked("sale", severity="urgent"),
        Event("sale", dedupe_key=LONG),
        Event("sale", url="javascript:alert(1)"),
        Event("sale", url=f"https://x.example/{LONG}"),
        Unchecked("sale", fields={"nested": {"a": 1}}),
        Unchecked("sale", fields={"list": [1]}),
        Unchecked("sale", fields={"nothing": None}),
        Event("sale", fields={"": 1}),
        Event("sale", fields={"n" * 101: 1}),
        Event("sale", fields={"text": LONG}),
        Event("sale", fields={f"{number}": number for number in range(51)}),
        Unchecked("sale", "x" * 4_001, {"a": [], "b": None}, "loud", dedupe_key=LONG),
    ],
    ids=lambda event: repr(event)[:60],
)
def test_it_says_what_the_server_would_say(event, home):
    with pytest.raises(InvalidEvent) as found:
        Client(home.key, home.url).send(event)
    assert found.value.status is None
    answer = home.service.post(home.key, event.to_json())
    assert answer.status == 422
    theirs = [(issue["code"], tuple(issue["path"])) for issue in answer.json["errors"]]
    assert [(issue.code, issue.path) for issue in found.value.issues] == theirs
    assert home.events() == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), object(), b"bytes"])
def test_what_json_cannot_hold_is_refused_here(value):
    (issue,) = Event("sale", fields={"a": value}).issues()
    assert (issue.code, issue.path) == ("invalid_union", ("fields", "a"))


def test_a_time_without_a_zone_is_none():
    (issue,) = Event("sale", timestamp=datetime(2026, 1, 31)).issues()  # noqa: DTZ001 - what this is about
    assert "time zone" in issue.message


def test_what_is_right_is_taken(home):
    event = Event("Sale-1", "ä" * 4_000, {"n" * 100: "x" * 2_000, "exact": Decimal("1E+3"), "big": 10**30})
    assert event.issues() == []
    assert home.service.post(home.key, event.to_json()).status == 404  # nothing but the category is missing
