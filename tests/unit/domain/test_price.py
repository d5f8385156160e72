"""Prices as they are written in the settings."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingpilot.domain.price import Interval, Price, known, parse_price, sold

NAMES = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=1, max_size=20)
IDS = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789_", min_size=1, max_size=255)


@given(st.builds(Price, NAMES, st.sampled_from(Interval), IDS))
def test_what_is_written_is_read_again(price):
    assert parse_price(f" {price} ") == price


@pytest.mark.parametrize(
    "text", [" ", "PRO", "PRO/month", "PRO/month=", "PRO/day=price_1", "/month=p", "PRO/month=a b"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        parse_price(text)


def test_of_several_the_first_is_sold_and_all_are_known():
    prices = [parse_price("PRO/month=new"), parse_price("PRO/month=old")]
    assert sold(prices, "PRO", Interval.MONTH) == prices[0]
    assert known(prices, "old") == prices[1]
    assert known(prices, "none") is None
