"""The chore that keeps PostgreSQL's months."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pingpilot.store import leaving, months
from pingpilot.upkeep.months import ANALYZED_EVERY, EVERY, Months

NOW = datetime(2026, 11, 26, tzinfo=UTC)


class Store:
    """What may leave, and how many slices each month is worth."""

    def __init__(self) -> None:
        self.may_leave = ["2026_01", "2026_02"]
        self.slices = 0
        self.done: list[str] = []

    async def run(self, question: Callable[..., object], *_: object) -> object:
        answers: dict[Callable[..., object], Callable[[], object]] = {
            months.make_ahead: lambda: ["2027_02"],
            leaving.detach_next: self._detached,
            leaving.count_out: self._counted,
            months.analyze: lambda: None,
        }
        self.done.append(question.__name__)
        return answers[question]()

    def _detached(self) -> str | None:
        self.slices = 2
        return self.may_leave.pop(0) if self.may_leave else None

    def _counted(self) -> bool:
        self.slices -= 1
        return self.slices >= 0


async def test_months_are_made_first_and_each_that_leaves_is_counted_out_before_the_next():
    store, now = Store(), NOW
    chore = Months(store, lambda: now)  # type: ignore[arg-type]  # what it asks
    assert await chore.turn() == EVERY
    counted = ["count_out"] * 3
    assert store.done == [
        *("make_ahead", "count_out", "detach_next", *counted, "detach_next", *counted, "detach_next", "analyze"),
    ]


async def test_the_tables_are_analyzed_now_and_then():
    store, at = Store(), [NOW]
    chore = Months(store, lambda: at[0])  # type: ignore[arg-type]  # what it asks
    for wait in (timedelta(0), timedelta(minutes=10), ANALYZED_EVERY):
        at[0] = NOW + wait
        await chore.turn()
    assert store.done.count("analyze") == 2
