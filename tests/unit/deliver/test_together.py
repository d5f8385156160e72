"""What is claimed and recorded together, where one that is wrong harms none beside it; and what needs no claim."""

from pingpilot.domain.category import Category
from pingpilot.domain.event import NewEvent, Severity
from pingpilot.domain.ids import CategoryId, WorkspaceId
from pingpilot.domain.outcome import AddressDead
from pingpilot.domain.routing import Route
from pingpilot.store.deliveries import Job
from pingpilot.store.events import Accept, Accepted
from tests.unit.deliver.sample import NOW
from tests.unit.deliver.workbench import Bench, jobs, promise

CATEGORY = Category(CategoryId(1), "sale", 0xFF6B6B, "💰")
SALE = NewEvent("sale", "Sold", "{}", Severity.INFO, None, None, None)


def commit(bench: Bench, *jobs: Job) -> None:
    """Let an event be committed whose deliveries the store does not know of: whoever claims one gets none."""
    ways = [Route(job.destination, job.channel, job.workspace) for job in jobs]
    ids = [job.delivery for job in jobs]
    unit = Accept(WorkspaceId(1), 1, CategoryId(1), SALE, ways, jobs[0].source.event_id, ids, NOW)
    leased = bench.worker.handover.lease(unit)
    assert leased.lease is not None
    bench.worker.handover.committed(unit, Accepted(1, [b"sealed"] * sum(leased.lease.held)), CATEGORY)


@promise
async def test_a_settlement_that_is_wrong_harms_none_beside_it() -> None:
    bench = Bench(*jobs("abc"))
    bench.store.wrong = "b"
    await bench.until(lambda: len(bench.store.settled) == 2)
    assert set(bench.store.states) == {"a", "c"}
    await bench.stop()


@promise
async def test_a_delivery_that_cannot_be_loaded_harms_none_beside_it() -> None:
    bench = Bench(*jobs("abc"))
    bench.store.unreadable = "b"
    await bench.until(lambda: len(bench.store.settled) == 2)
    assert set(bench.store.states) == {"a", "c"}
    await bench.until(lambda: bench.broker.room == bench.full_room)
    await bench.stop()


@promise
async def test_what_was_leased_with_its_event_is_attempted_without_a_claim() -> None:
    bench = Bench()
    commit(bench, *jobs("abc"))
    await bench.until(lambda: len(bench.store.settled) == 3)
    assert set(bench.store.states.values()) == {"DELIVERED"}
    await bench.until(lambda: bench.broker.room == bench.full_room)
    await bench.stop()


@promise
async def test_a_stop_gives_back_what_was_not_begun() -> None:
    bench = Bench(concurrency=1)
    commit(bench, *jobs("ab"))
    await bench.stop()
    await bench.until(lambda: len(bench.store.released) == 1)
    assert [delivery[0] for release in bench.store.released for delivery in release.deliveries] == ["a", "b"]
    assert bench.attempts.begun == []


@promise
async def test_a_dead_address_gives_back_what_else_is_leased_of_its_workspace() -> None:
    bench = Bench(concurrency=1)
    bench.attempts.ends["a"] = AddressDead("gone")
    commit(bench, *jobs("ab"))
    await bench.until(lambda: bench.store.settled)
    assert bench.store.states == {"a": "DEAD"}
    await bench.until(lambda: bench.store.released)
    assert bench.attempts.begun == ["a"]
    await bench.stop()
