"""Rates: what goes out stays below what a provider takes, whoever shares it, and whatever the clock does."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from pingpilot.channels import find_channels
from pingpilot.deliver.rates import KNOWN_MAX, Rates
from pingpilot.domain.ids import DestinationId, WorkspaceId
from pingpilot.domain.outcome import Delivered, Scope
from pingpilot.domain.rate import Rate
from pingpilot.domain.routing import Route
from tests.unit.deliver.sample import NOW
from tests.unit.deliver.workbench import Bench, jobs, promise

SECOND = timedelta(seconds=1)
MINE, NEIGHBOUR = (Route(DestinationId(number), "telegram", WorkspaceId(number)) for number in (1, 2))
OTHER = Route(DestinationId(3), "webhook", WorkspaceId(3))
EACH = Rate(Scope.ADDRESS, SECOND, burst=3)
ALL = Rate(Scope.CREDENTIAL, SECOND / 10, burst=4)


@dataclass
class Gauge:
    """Sends as much as is allowed, tick by tick."""

    rates: Rates
    now: Callable[[], datetime]
    sent: Counter[DestinationId] = field(default_factory=Counter)

    def send(self, *routes: Route) -> None:
        for route in routes:
            while self.rates.allow(route) and self.sent.total() < 100_000:
                self.rates.count(route)
                self.sent[route.destination] += 1


class Watch:
    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def watch() -> Watch:
    return Watch()


def gauge(watch: Watch, *rates: Rate, workers: int = 1) -> Gauge:
    made = Rates({"telegram": rates, "webhook": ()}, watch)
    made.share_with(lambda: workers)
    return Gauge(made, watch)


def test_a_burst_goes_at_once_and_then_one_at_a_time(watch: Watch):
    one = gauge(watch, EACH)
    counts = []
    for _ in range(5):
        one.send(MINE)
        counts.append(one.sent[MINE.destination])
        watch.time += SECOND
    assert counts == [3, 4, 5, 6, 7]
    watch.time += 60 * SECOND
    one.send(MINE)
    assert one.sent[MINE.destination] == 10


def test_each_scope_is_counted_by_itself(watch: Watch):
    one = gauge(watch, EACH, ALL)
    one.send(MINE, NEIGHBOUR)
    assert one.sent == {MINE.destination: 3, NEIGHBOUR.destination: 1}  # four in all are a burst of the credential


def test_a_channel_without_rates_is_never_held_back(watch: Watch):
    one = gauge(watch, EACH)
    one.rates.count(OTHER)
    assert one.rates.allow(OTHER)


@pytest.mark.parametrize("workers", [2, 3, 10])
def test_workers_together_stay_below_it(watch: Watch, workers: int):
    rate = Rate(Scope.CREDENTIAL, SECOND / 30, burst=5)
    crowd = [gauge(watch, rate, workers=workers) for _ in range(workers)]
    for _ in range(1000):
        for one in crowd:
            one.send(MINE)
        watch.time += SECOND / 100
    in_all = sum(one.sent.total() for one in crowd)
    assert 270 <= in_all <= 10 * 30 + max(5, workers)


def test_a_clock_that_was_set_back_holds_nothing_back_for_long(watch: Watch):
    one = gauge(watch, EACH)
    one.send(MINE)
    watch.time -= timedelta(hours=1)
    before = one.sent.total()
    one.send(MINE)
    assert 1 <= one.sent.total() - before <= EACH.burst
    watch.time += SECOND
    one.send(MINE)
    assert one.sent.total() - before <= EACH.burst + 1


def test_memory_is_bounded_and_what_rests_is_forgotten_first(watch: Watch):
    one = gauge(watch, EACH)
    for number in range(10, 10 + KNOWN_MAX):
        one.rates.count(Route(DestinationId(number), "telegram", WorkspaceId(1)))
    watch.time += 2 * SECOND
    one.send(MINE)
    watch.time += SECOND / 2
    one.rates.count(NEIGHBOUR)
    assert len(one.rates) <= 10
    assert not one.rates.allow(MINE)


def went_within(bench: Bench, seconds: float) -> int:
    end = NOW + timedelta(seconds=seconds)
    return sum(unit.now <= end for unit in bench.store.settled)


def test_rates_are_those_of_the_providers_own_servers():
    spec = find_channels()["telegram"].SPEC
    assert spec.rates_under({}) == spec.rates_under({"api_url": "https://api.telegram.org"}) == spec.rates
    assert spec.rates_under({"api_url": "http://127.0.0.1:8081"}) == ()


@pytest.mark.parametrize("kind", ["telegram", "discord", "discord-webhook", "slack", "whatsapp"])
def test_providers_that_say_what_they_take_have_rates(kind: str):
    rates = find_channels()[kind].SPEC.rates
    assert rates
    assert all(rate.every > timedelta(0) and rate.burst >= 1 for rate in rates)
    assert all(rate.scope in (Scope.ADDRESS, Scope.CREDENTIAL) for rate in rates)


@promise
async def test_a_worker_keeps_below_a_rate_and_delivers_all():
    telegrams = [replace(job, channel="telegram", destination=DestinationId(1)) for job in jobs("abcdefghijklmnop")]
    bench = Bench(*telegrams, *jobs("qrst"), limits={"telegram": (EACH,)})
    await bench.until(lambda: len(bench.store.settled) == 20)
    assert went_within(bench, 0.5) == 3 + 4  # a burst, and those whom it does not concern
    assert 5 + 4 <= went_within(bench, 3.2) <= 6 + 4
    assert went_within(bench, 16) == 20
    assert all(unit.attempts == 1 for unit in bench.store.settled)
    await bench.stop()


@promise
async def test_a_provider_that_took_its_last_for_now_is_left_alone_for_as_long_as_it_says():
    first, *others = [replace(job, destination=DestinationId(1)) for job in jobs("abc")]
    told: list[str] = []
    bench = Bench(first)
    bench.worker.paused = told.append
    bench.attempts.ends["a"] = Delivered(rest=timedelta(seconds=20))
    await bench.until(lambda: bench.store.settled)
    bench.store.free.update({job.delivery: job for job in others})
    bench.announce(*others)
    await bench.until(lambda: len(bench.store.settled) == 3)
    assert bench.store.states == dict.fromkeys("abc", "DELIVERED")
    assert min(unit.now for unit in bench.store.settled[1:]) >= NOW + timedelta(seconds=20)
    assert len(told) == 1
    assert told[0].startswith("address 1 ")
    await bench.stop()
