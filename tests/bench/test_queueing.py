"""The simulation says what is known of queues by theory, and what nobody doubts."""

import random
from itertools import accumulate

import pytest

from tests.bench.queueing import BUSY_MAX, COMMIT_MAX, COSTS, GOAL_S, commits, crew, fewest

COUNT = 100_000
COST_S = 0.001


def arrivals(rate: float) -> list[float]:
    chance = random.Random(7)
    return list(accumulate(chance.expovariate(rate) for _ in range(COUNT)))


@pytest.mark.parametrize("busy", [0.3, 0.5, 0.7])
def test_one_core_keeps_events_as_long_as_theory_says(busy: float):
    came = arrivals(busy / COST_S)
    left = crew(came, 1, COST_S, random.Random(8))
    mean_s = sum(end - begin for begin, end in zip(came, left, strict=True)) / COUNT
    assert mean_s == pytest.approx(COST_S / (1 - busy), rel=0.1)  # M/M/1


def test_more_wait_for_one_writer_and_share_its_commits():
    idle, busy = (commits(arrivals(rate), 1, 0.0001, 0.004) for rate in (100, 5_000))
    assert len(set(idle)) > 0.6 * COUNT
    assert len(set(busy)) < 0.1 * COUNT


def test_a_commit_is_bounded():
    left = commits([0.0] * COMMIT_MAX * 3, 1, 0.0001, 0.004)
    assert len(set(left)) == 3


def test_no_part_is_planned_too_busy_and_events_are_in_time():
    cores, waits = fewest(3_000)
    assert all(3_000 * part.cost_us / 1e6 <= BUSY_MAX * cores[part.name] for part in COSTS)
    assert waits[len(waits) * 99 // 100] <= GOAL_S
