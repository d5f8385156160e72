"""A destination that was mended is not left alone for the rest of its pause."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, cast

from pingpilot.deliver.mending import ON_RECORD_AFTER, Mending
from pingpilot.deliver.pacing import Pauses
from pingpilot.domain.errors import Overloaded
from pingpilot.domain.ids import DestinationId
from pingpilot.domain.outcome import Scope
from pingpilot.store import destinations
from pingpilot.store.reader import Reader
from tests.unit.deliver.sample import JOB, Clock

HOUR = timedelta(hours=1)


class Tables:
    """Knows which destinations were mended, and how much waits at a start; away for the next ``away`` questions."""

    def __init__(self, *mended: int, waiting: int = 0, away: int = 0) -> None:
        self.mended = mended
        self.waiting = waiting
        self.away = away
        self.asked: list[str] = []

    async def run(self, question: Callable[..., Any], what: Any) -> object:
        self.asked.append(question.__name__)
        if self.away:
            self.away -= 1
            raise Overloaded
        if question is destinations.hasten_refused:
            return self.waiting
        chosen: Sequence[DestinationId] = what
        return [one for one in chosen if one in self.mended]


class Bench:
    """The chore on its own, with a destination that has just refused us."""

    def __init__(self, tables: Tables) -> None:
        self.clock, self.pauses, self.tables, self.wakes = Clock(), Pauses(), tables, 0
        self.pauses.pause(JOB, Scope.ADDRESS, self.clock() + HOUR, self.clock(), is_refusal=True)
        self.mending = Mending(self.pauses, cast("Reader", tables), self._wake, self.clock)

    @property
    def is_paused(self) -> bool:
        return self.pauses.until(JOB, self.clock()) is not None

    def _wake(self) -> None:
        self.wakes += 1


async def test_what_is_mended_is_tried_at_once():
    bench = Bench(Tables(JOB.destination))
    bench.clock.advance(ON_RECORD_AFTER)
    await bench.mending.turn()
    assert (bench.is_paused, bench.wakes) == (False, 1)


async def test_what_is_still_refused_stays_paused():
    bench = Bench(Tables())
    bench.clock.advance(ON_RECORD_AFTER)
    await bench.mending.turn()
    assert (bench.is_paused, bench.wakes) == (True, 0)


async def test_a_refusal_that_may_not_be_on_record_yet_is_not_taken_for_mended():
    bench = Bench(Tables(JOB.destination))
    bench.clock.advance(ON_RECORD_AFTER - timedelta.resolution)
    await bench.mending.turn()
    assert (bench.is_paused, bench.tables.asked) == (True, ["hasten_refused"])


async def test_where_nothing_is_refused_nothing_is_asked():
    bench = Bench(Tables())
    bench.pauses.lift(JOB.destination)
    bench.clock.advance(HOUR)
    await bench.mending.turn()
    assert bench.tables.asked == ["hasten_refused"]


async def test_a_start_tries_what_waits_for_another_processs_pause_once():
    bench = Bench(Tables(waiting=3))
    for _ in range(3):
        await bench.mending.turn()
    assert bench.tables.asked.count("hasten_refused") == 1
    assert bench.wakes == 1


async def test_it_outlasts_a_store_that_is_away():
    bench = Bench(Tables(waiting=3, away=2))
    for _ in range(3):
        with suppress(Overloaded):
            await bench.mending.turn()
    assert bench.wakes == 1
