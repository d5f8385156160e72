"""The worker's loop: bounded, drained on a stop, and harmed by nobody."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DeliveryId, DestinationId
from pingpilot.domain.outcome import Delivered, Outcome, RateLimited, Scope, SenderBroken, Transient
from pingpilot.queue.handover import LEASE
from pingpilot.store.deliveries import Claim, Release
from tests.unit.deliver.sample import NOW, a_job
from tests.unit.deliver.swift import swiftly
from tests.unit.deliver.workbench import MINUTE, Bench, jobs, promise, strangers


@promise
async def test_what_is_announced_is_attempted_settled_and_done() -> None:
    bench = Bench(*jobs("abc"))
    await bench.until(lambda: len(bench.store.settled) == 3)
    assert set(bench.store.states.values()) == {"DELIVERED"}
    await bench.until(lambda: bench.broker.room == bench.full_room)
    await bench.stop()


@promise
async def test_the_broker_hears_of_an_end_once_it_is_committed() -> None:
    bench = Bench(*jobs("a"))
    bench.attempts.ends["a"] = attempt = asyncio.Event()
    await bench.until(lambda: bench.attempts.begun)
    bench.store.gate.clear()
    attempt.set()
    await bench.until(lambda: bench.broker.room == bench.full_room)
    assert bench.broker.settled_ids == []
    bench.store.gate.set()
    await bench.until(lambda: bench.store.settled)
    await bench.until(lambda: bench.broker.settled_ids == ["a"])
    await bench.stop()


@promise
async def test_the_broker_hears_of_what_another_holds_and_of_what_crashed() -> None:
    bench = Bench(*jobs("ab"))
    del bench.store.free[jobs("a")[0].delivery]
    bench.attempts.ends["b"] = RuntimeError("a bug")
    await bench.until(lambda: sorted(bench.broker.settled_ids) == ["a", "b"])
    assert bench.store.settled == []
    await bench.stop()


@promise
async def test_no_more_are_attempted_at_a_time_than_allowed() -> None:
    bench = Bench(*map(a_job, "abcdefghijklmnop"), concurrency=3)
    await bench.until(lambda: len(bench.store.settled) == 16)
    assert bench.attempts.most_busy == 3
    await bench.stop()


@promise
async def test_a_slow_delivery_holds_up_no_other() -> None:
    bench = Bench(*jobs("abcdef"), concurrency=2)
    bench.attempts.ends["a"] = gate = asyncio.Event()
    await bench.until(lambda: len(bench.store.settled) == 5)
    assert "a" not in bench.store.states
    gate.set()
    await bench.until(lambda: "a" in bench.store.states)
    await bench.stop()


@promise
async def test_a_crashed_attempt_harms_nobody() -> None:
    bench = Bench(*jobs("abc"), concurrency=1)
    bench.attempts.ends["a"] = RuntimeError("a bug")
    await bench.until(lambda: len(bench.store.settled) == 2)
    assert set(bench.store.states) == {"b", "c"}
    assert bench.broker.room == bench.full_room
    await bench.stop()


@promise
async def test_what_another_worker_holds_is_left_alone() -> None:
    bench = Bench(*jobs("ab"))
    del bench.store.free[DeliveryId("a" * 32)]
    await bench.until(lambda: bench.broker.room == bench.full_room)
    assert bench.attempts.begun == ["b"]
    await bench.stop()


@promise
async def test_while_the_store_is_away_nothing_is_attempted_and_nothing_is_forgotten() -> None:
    bench = Bench(*jobs("ab"))
    bench.store.away = 1
    await bench.until(lambda: bench.broker.room == bench.full_room)
    assert bench.attempts.begun == []
    bench.announce(*jobs("ab"))  # as the relay does
    await bench.until(lambda: len(bench.store.settled) == 2)
    await bench.stop()


@promise
async def test_a_claim_without_an_answer_is_given_back_once_the_store_answers() -> None:
    bench = Bench(*jobs("a"))
    lost = asyncio.get_running_loop().create_future()
    lost.set_exception(Overloaded())
    claims: list[Claim] = []
    submit = bench.store.submit

    def lose(unit: Claim) -> "asyncio.Future[Any]":
        claims.append(unit)
        bench.store.submit = submit  # type: ignore[method-assign]
        return lost

    bench.store.submit = lose  # type: ignore[assignment, method-assign]
    await bench.until(lambda: bench.store.released)
    ((claim,), (release,)) = claims, bench.store.released
    assert release == Release(claim.deliveries, claim.owner, claim.until)
    assert bench.attempts.begun == []
    await bench.stop()


@promise
async def test_an_attempt_is_recorded_once_the_store_is_back() -> None:
    bench = Bench(*jobs("a"))
    bench.attempts.ends["a"] = gate = asyncio.Event()
    await bench.until(lambda: bench.attempts.begun)
    bench.store.away = 5
    gate.set()
    await bench.until(lambda: bench.store.settled)
    assert bench.attempts.begun == ["a"]
    assert (bench.store.away, bench.store.states) == (0, {"a": "DELIVERED"})
    await bench.stop()


@promise
async def test_an_attempt_that_cannot_be_recorded_is_given_up_with_its_lease() -> None:
    bench = Bench(*jobs("a"))
    bench.attempts.ends["a"] = gate = asyncio.Event()
    await bench.until(lambda: bench.attempts.begun)
    bench.store.away = 10_000
    gate.set()
    await asyncio.sleep(LEASE.total_seconds() * 2)
    tries = 10_000 - bench.store.away
    assert LEASE.total_seconds() <= tries <= LEASE.total_seconds() + 2
    await bench.stop()


@promise
async def test_a_stop_finishes_what_is_in_flight_and_takes_up_nothing_more() -> None:
    bench = Bench(*strangers("abc"), concurrency=4)
    bench.attempts.ends["a"] = bench.attempts.ends["b"] = gate = asyncio.Event()
    await bench.until(lambda: len(bench.attempts.begun) == 2)
    asyncio.get_running_loop().call_later(5, gate.set)
    await bench.stop()
    assert bench.store.states == {"a": "DELIVERED", "b": "DELIVERED"}
    assert bench.attempts.begun == ["a", "b"]


@promise
async def test_a_stop_waits_no_longer_than_it_may() -> None:
    bench = Bench(*jobs("ab"))
    bench.attempts.ends["a"] = asyncio.Event()
    await bench.until(lambda: bench.store.settled)
    begun = asyncio.get_running_loop().time()
    await bench.stop(timedelta(seconds=15))
    assert asyncio.get_running_loop().time() - begun < 16
    assert bench.store.states == {"b": "DELIVERED"}  # the lease of the other is rescued


@promise
async def test_a_stop_in_the_middle_of_a_claim_forgets_nothing() -> None:
    bench = Bench(*jobs("a"))
    bench.store.gate.clear()
    await asyncio.sleep(1)
    asyncio.get_running_loop().call_later(5, bench.store.gate.set)
    await bench.stop()
    assert bench.store.states == {"a": "DELIVERED"}


@pytest.mark.parametrize(
    ("outcome", "others"),
    [
        (RateLimited(MINUTE, Scope.ADDRESS), {"b": "DELIVERED", "c": "DELIVERED"}),
        (RateLimited(MINUTE, Scope.CHANNEL), {"b": "PENDING", "c": "DELIVERED"}),
        (RateLimited(MINUTE, Scope.PROCESS), {"b": "PENDING", "c": "PENDING"}),
        (SenderBroken("no token"), {"b": "PENDING", "c": "DELIVERED"}),
        (Transient("down"), {"b": "DELIVERED", "c": "DELIVERED"}),
        (RateLimited(timedelta.max, Scope.PROCESS), {"b": "PENDING", "c": "PENDING"}),
    ],
)
def test_a_pause_holds_back_its_scope_without_an_attempt(outcome: Outcome, others: dict[str, str]):
    async def check() -> None:
        bench = Bench(*jobs("ab", channel="telegram"), *jobs("c", channel="webhook"), concurrency=1)
        bench.attempts.ends["a"] = outcome
        await asyncio.sleep(30)
        delivered = {letter: state for letter, state in others.items() if state == "DELIVERED"}
        assert bench.store.states == {"a": "PENDING", **delivered}
        assert bench.attempts.begun == ["a", *delivered]
        await bench.stop()

    swiftly(check())


@promise
async def test_what_was_held_back_goes_when_the_pause_is_over() -> None:
    bench = Bench(*jobs("ab", channel="telegram"), concurrency=1)
    bench.attempts.ends["a"] = RateLimited(MINUTE, Scope.CHANNEL)
    await bench.until(lambda: "b" in bench.store.states)
    assert bench.store.settled[1].now >= NOW + MINUTE
    await bench.stop()


@promise
async def test_what_was_claimed_as_its_pause_began_is_given_back_until_its_end() -> None:
    bench = Bench(*jobs("ab", channel="telegram"), concurrency=2)
    bench.attempts.ends["a"] = RateLimited(MINUTE, Scope.CHANNEL)
    bench.worker.may_go = lambda route: True  # type: ignore[method-assign]  # as if it was claimed just before
    await bench.until(lambda: "a" in bench.store.states)
    bench.store.free |= {job.delivery: job for job in jobs("c", channel="telegram")}
    bench.announce(*jobs("c", channel="telegram"))
    await bench.until(lambda: "c" in bench.store.states)
    first, held = (next(unit for unit in bench.store.settled if unit.delivery[0] == letter) for letter in "ac")
    assert (held.state, held.due_at, held.tried, held.attempts) == ("PENDING", first.due_at, None, 0)
    await bench.stop()


@promise
async def test_addresses_that_hang_hold_up_the_others_for_a_second_at_most() -> None:
    bench = Bench(*strangers("abcdefgh"), concurrency=4)
    hanging = asyncio.Event()
    bench.attempts.ends |= dict.fromkeys("abcd", hanging)
    begun = asyncio.get_running_loop().time()
    await bench.until(lambda: len(bench.store.settled) == 4)
    assert asyncio.get_running_loop().time() - begun < 3  # two rounds of two that hang, a second each
    hanging.set()
    await bench.stop()
    assert set(bench.store.states.values()) == {"DELIVERED"}


@promise
async def test_addresses_that_hang_hold_up_none_that_was_quick() -> None:
    bench = Bench(*jobs("z"), concurrency=8)
    await bench.until(lambda: bench.store.settled)
    hanging, *later = jobs("abcdefgh"), a_job("y", destination=DestinationId(ord("z")))
    bench.attempts.ends |= dict.fromkeys("abcdefgh", gate := asyncio.Event())
    bench.store.free |= {job.delivery: job for job in [*hanging, *later]}
    bench.announce(*hanging, *later)
    begun = asyncio.get_running_loop().time()
    await bench.until(lambda: "y" in bench.store.states)
    assert asyncio.get_running_loop().time() - begun < 0.5
    gate.set()
    await bench.stop()


@promise
async def test_a_new_address_that_the_provider_gave_is_sealed_and_kept() -> None:
    bench = Bench(*jobs("ab"))
    bench.attempts.ends["a"] = Delivered(new_settings={"chat_id": "2"})
    await bench.until(lambda: len(bench.store.settled) == 2)
    assert {unit.delivery[0]: unit.sealed for unit in bench.store.settled} == {"a": b"moved", "b": None}
    assert {unit.delivery[0]: unit.identity for unit in bench.store.settled} == {"a": b"i" * 32, "b": None}
    await bench.stop()


@promise
async def test_who_waits_for_an_event_is_told_of_each_final_delivery() -> None:
    bench = Bench(*jobs("ab"))
    told: list[str] = []
    bench.worker.tell(told.append)
    bench.attempts.ends["a"] = Transient("down")
    await bench.until(lambda: len(bench.store.settled) == 2)
    assert told == [jobs("b")[0].source.event_id]
    await bench.stop()
