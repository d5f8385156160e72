"""The chore that brings the tallies up to date."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pingpilot.store.tallying import Batch, TallyUp
from pingpilot.upkeep.tallying import BREATH, EVERY, THOROUGH_EVERY, Tallying

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
END = Batch(None, None)


def unit(number: int) -> TallyUp:
    return TallyUp(number, "", "", [], [])


class Ledger:
    """The store's two ends: batches to be had one after another, and what was asked and handed in."""

    def __init__(self, *batches: Batch, refused: int = 0) -> None:
        self.batches = list(batches)
        self.asked: list[tuple[str | None, bool]] = []
        self.submitted: list[TallyUp] = []
        self.refused = refused

    async def run(self, _question: Any, after: str | None, _limit: int, _now: datetime, settled: str | None) -> Batch:
        self.asked.append((after, settled is not None))
        return self.batches.pop(0)

    async def submit(self, one: TallyUp) -> bool:
        self.submitted.append(one)
        self.refused -= 1
        return self.refused < 0


async def rests(ledger: Ledger, step: timedelta = timedelta(0)) -> list[timedelta]:
    """Take all batches; time goes on by ``step`` from one to the next."""
    times = (NOW + number * step for number in range(100))
    chore = Tallying(ledger, ledger, lambda: next(times))  # type: ignore[arg-type]  # both ends, in one fake
    return [await chore.turn() for _ in list(ledger.batches)]


async def test_a_run_of_full_batches_goes_on_where_each_ended():
    ledger = Ledger(Batch(unit(1), "a"), Batch(unit(2), "b"), Batch(unit(3), None), END)
    assert await rests(ledger) == [BREATH, BREATH, EVERY, EVERY]
    assert ledger.asked == [(None, True), ("a", True), ("b", True), (None, False)]
    assert ledger.submitted == [unit(1), unit(2), unit(3)]


async def test_now_and_then_a_run_is_thorough_again():
    ledger = Ledger(Batch(unit(1), "a"), END, Batch(unit(2), "b"))
    await rests(ledger, THOROUGH_EVERY / 2)
    assert ledger.asked == [(None, True), ("a", True), (None, True)]


async def test_a_batch_that_was_refused_is_looked_at_again():
    ledger = Ledger(Batch(unit(1), "a"), Batch(unit(2), "a"), Batch(unit(3), None), refused=1)
    assert await rests(ledger) == [BREATH, BREATH, EVERY]
    assert ledger.asked == [(None, True), (None, True), ("a", True)]
