"""What an HTTP answer means by itself: waits, failures, and what may be quoted."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.outcome import (
    AddressDead,
    AddressSuspect,
    BadMessage,
    Delivered,
    RateLimited,
    SenderBroken,
    Transient,
    Unknown,
)
from pingpilot.domain.reply import classify, excerpt, retry_after, seconds
from pingpilot.domain.wire import Failure, Reply

AT = datetime(2026, 11, 23, 5, 27, tzinfo=UTC)
IN_AN_HOUR = "Mon, 23 Nov 2026 06:27:00 GMT"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "120"}, timedelta(minutes=2)),
        ({"retry-after": " 1.5 "}, timedelta(seconds=1.5)),
        ({"retry-after": "0"}, timedelta()),
        ({"retry-after": "999999"}, timedelta(hours=24)),
        ({"retry-after": IN_AN_HOUR}, timedelta(hours=1)),
        ({"retry-after": IN_AN_HOUR, "date": "Mon, 23 Nov 2026 06:26:30 GMT"}, timedelta(seconds=30)),
        ({"retry-after": "Sun, 22 Nov 2026 06:27:00 GMT"}, timedelta()),
        ({"retry-after": "Mon, 23 Nov 2099 06:27:00 GMT"}, timedelta(hours=24)),
    ],
)
def test_the_wait_that_is_asked_for(headers, wait):
    assert retry_after(Reply(503, headers), AT) == wait


@pytest.mark.parametrize("value", ["", "soon", "-5", "1e9", "nan", "１２", "Mon, 99 Nov 2026 06:27:00 GMT", "9" * 5000])
def test_a_wait_that_cannot_be_read_is_none(value):
    assert retry_after(Reply(503, {"retry-after": value}), AT) is None


@given(st.floats() | st.integers() | st.text() | st.booleans() | st.none())
def test_seconds_are_from_nothing_to_a_day(value):
    wait = seconds(value)
    assert wait is None or timedelta() <= wait <= timedelta(hours=24)


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (Reply(200), Delivered),
        (Reply(0), Unknown),
        (Reply(100), Unknown),
        (Reply(302), AddressSuspect),
        (Reply(400), BadMessage),
        (Reply(401), SenderBroken),
        (Reply(403), SenderBroken),
        (Reply(404), AddressSuspect),
        (Reply(410), AddressDead),
        (Reply(429), RateLimited),
        (Reply(500), Transient),
        (Reply(999), Transient),
        (Reply(failure=Failure.NOT_SENT), Transient),
        (Reply(failure=Failure.NO_ANSWER), Unknown),
        (Reply(failure=Failure.REFUSED_ADDRESS), AddressSuspect),
        (Reply(failure=Failure.NOT_CONFIGURED), SenderBroken),
    ],
)
def test_what_an_answer_means(reply, meaning):
    assert isinstance(classify(reply, AT), meaning)


def test_a_limit_that_says_nothing_is_waited_out_for_a_minute_and_never_spun_on():
    assert classify(Reply(429), AT) == RateLimited(timedelta(minutes=1), detail="Answered 429.", code="429")
    soon = classify(Reply(429, {"retry-after": "0.01"}), AT)
    assert soon == RateLimited(timedelta(seconds=1), detail="Answered 429.", code="429")


def test_a_quote_is_one_short_line_without_secrets():
    text = "bad\n\ttoken \x00 s3cr3t-token-1 " + "x" * 500
    said = excerpt(text, ["s3cr3t-token-1", "x", ""])
    assert said.startswith("bad token ••• xxx")
    assert len(said) == 160


@given(st.text(min_size=4, max_size=30), st.text(max_size=10), st.integers(0, 200))
def test_a_hidden_value_is_never_quoted(secret, around, times):
    said = excerpt(around + secret * times + around, [secret])
    assert secret not in said.removesuffix("…") or secret in "•••" * 3
