"""Bars over time."""

import pytest

from pingpilot.console.charts import HEIGHT, chart, spark

DAYS = [(f"day {number}", str(number)) for number in range(1, 31)]


def test_bars_pile_up_and_fit():
    drawn = chart(DAYS[:2], [(1, [3, 0]), (2, [5, 4])])
    assert [bar.value for bar in drawn.bars] == [8, 4]
    assert (drawn.top, drawn.middle, drawn.total) == (8, 4, 12)
    low, high = drawn.bars[0].parts
    assert (low.y + low.height, high.y, high.y + high.height) == (HEIGHT, 0, low.y)
    assert [part.color for part in drawn.bars[1].parts] == [2]


@pytest.mark.parametrize(("most", "top"), [(0, 4), (1, 4), (5, 6), (11, 20), (100, 100), (101, 200), (4001, 6000)])
def test_the_upper_edge_is_a_round_number(most, top):
    assert chart(DAYS[:1], [(0, [most])]).top == top


def test_one_event_among_thousands_is_seen():
    drawn = chart(DAYS[:2], [(0, [1, 9000])])
    assert drawn.bars[0].parts[0].height >= 2
    assert drawn.most == drawn.bars[1]


def test_long_axes_name_some_days_and_the_last():
    ticks = [bar.tick for bar in chart(DAYS, [(0, [1] * 30)]).bars]
    assert ticks[-1] == "30"
    assert len([tick for tick in ticks if tick]) <= 8


def test_a_phone_shows_every_other_of_them_and_the_last():
    bars = chart(DAYS, [(0, [1] * 30)]).bars
    assert [bar.tick for bar in bars if bar.tick and not bar.is_minor] == ["6", "14", "22", "30"]


def test_no_bars_are_no_bars():
    assert chart([], []).most is None
    assert spark([0, 2]).count("M") == 2
