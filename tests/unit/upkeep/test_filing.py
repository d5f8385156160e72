"""The chore that makes events findable."""

from contextlib import suppress
from typing import Any

from pingpilot.domain.errors import Overloaded
from pingpilot.store import filing
from pingpilot.upkeep.filing import BATCH, Filing


def event(number: int) -> str:
    """Return the id of an event, ``number`` seconds after the first."""
    return f"{1_000_000_000_000 + number * 1_000:012x}".ljust(32, "0")


class Shelf:
    """The store's two ends: what waits, and what was filed; ``late`` turns up once the first batch is filed."""

    def __init__(self, count: int, late: str = "") -> None:
        self.waiting = [event(one) for one in range(count)]
        self.late = late
        self.filed: list[str] = []
        self.is_away = False

    async def run(self, question: Any, *args: Any) -> Any:
        if self.is_away:
            self.is_away = False
            raise Overloaded
        if question is filing.last_filed:
            return filing.START
        after, limit = args
        waiting = sorted(one for one in self.waiting if one > after and one not in self.filed)
        return [filing.Page(one, 0, "") for one in waiting[:limit]]

    async def submit(self, unit: filing.File) -> int:
        self.filed += [page.event for page in unit.pages]
        if self.late:
            self.waiting.append(self.late)
            self.late = ""
        return unit.count


async def filed_by(shelf: Shelf, turns: int) -> list[str]:
    """Take some turns; one that fails is a turn."""
    chore = Filing(shelf, shelf)  # type: ignore[arg-type]  # both ends, in one fake
    for _ in range(turns):
        with suppress(Overloaded):
            await chore.turn()
    return shelf.filed


async def test_everything_is_filed_once_in_order_of_receipt():
    shelf = Shelf(2 * BATCH + 7)
    assert await filed_by(shelf, 3) == shelf.waiting


async def test_what_was_committed_late_during_a_run_of_batches_is_filed_too():
    shelf = Shelf(2 * BATCH + 7, late=event(0)[:-1] + "1")
    assert set(await filed_by(shelf, 4)) == set(shelf.waiting)


async def test_a_store_that_is_away_is_asked_again():
    shelf = Shelf(3)
    shelf.is_away = True
    assert await filed_by(shelf, 3) == shelf.waiting
