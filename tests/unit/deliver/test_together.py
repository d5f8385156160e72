"""What is claimed and recorded together: one that is wrong harms none beside it."""

from tests.unit.deliver.test_worker import Bench, jobs, promise


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
