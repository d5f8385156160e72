"""Those who guess keys are slowed, by network, and nobody else is."""

import asyncio

import pytest

from pingpilot.ingest.failures import FREE, NETWORKS_MAX, SLOWEST_S, WAITING_MAX, WINDOW_S, Failures
from tests.unit.deliver.swift import swiftly


class Clock:
    """Seconds that go on when told."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_the_first_failures_of_a_minute_are_free_and_the_next_ever_slower():
    failures = Failures(Clock())
    delays = [failures.count("192.0.2.1") for _ in range(60)]
    assert delays[:FREE] == [0.0] * FREE
    assert delays[FREE:] == sorted(delays[FREE:])
    assert (delays[FREE] > 0, delays[-1]) == (True, SLOWEST_S)


def test_a_network_is_counted_as_one_and_others_are_strangers():
    failures = Failures(Clock())
    for number in range(FREE + 1):
        last = failures.count(f"192.0.2.{number}")
    assert last > 0
    assert failures.count("192.0.3.1") == 0
    assert failures.count("") == 0


def test_after_a_minute_all_is_forgiven():
    clock = Clock()
    failures = Failures(clock)
    for _ in range(FREE + 5):
        failures.count("192.0.2.1")
    clock.seconds += WINDOW_S
    assert failures.count("192.0.2.1") == 0


def test_the_table_is_bounded():
    failures = Failures(Clock())
    for number in range(NETWORKS_MAX + 100):
        failures.count(f"10.{number >> 8}.{number & 255}.1")
    assert len(failures._counts) == NETWORKS_MAX


def test_only_so_many_answers_wait_and_the_others_are_given_at_once():
    failures = Failures(Clock())
    for _ in range(FREE + 100):
        failures.count("192.0.2.1")

    async def run() -> None:
        waiting = [asyncio.ensure_future(failures.slow("192.0.2.1")) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        await asyncio.wait_for(failures.slow("192.0.2.1"), SLOWEST_S / 4)
        assert not any(one.done() for one in waiting)
        for one in waiting:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(failures.slow("192.0.2.1"), SLOWEST_S / 4)

    swiftly(run())  # to begin so many takes a busy machine longer than the first of them waits
