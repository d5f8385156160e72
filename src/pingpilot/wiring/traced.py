"""The parts of an event's path that record its trace, in the place of those that do not."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pingpilot.deliver.attempt import Attempter
from pingpilot.domain.outcome import Outcome
from pingpilot.store.batches import AcceptMany, granted
from pingpilot.store.deliveries import Job
from pingpilot.store.events import Accept
from pingpilot.store.writer import Launch, Waiter, Writer
from pingpilot.wiring.telemetry import Traces


def writer_of(launch: Launch, capacity: int, traces: Traces | None) -> Writer:
    """Return the writer of a process; without traces nothing of them is in its way."""
    return Writer(launch, capacity) if traces is None else TracedWriter(launch, capacity, traces)


class TracedWriter(Writer):
    """A writer that records each event which it commits."""

    def __init__(self, launch: Launch, capacity: int, traces: Traces) -> None:
        """Take what a writer takes, and who records."""
        super().__init__(launch, capacity)
        self._traces = traces

    def hand_in(self, unit: object, waiter: Waiter) -> None:
        """Hand in a unit, as a writer does."""
        if isinstance(unit, Accept | AcceptMany):
            waiter = _Watching(unit, waiter, self._traces)
        super().hand_in(unit, waiter)


@dataclass(frozen=True, slots=True)
class TracedAttempter(Attempter):
    """An attempter that records each attempt."""

    traces: Traces = field(kw_only=True)

    async def attempt(self, job: Job) -> Outcome:
        """Make one attempt, as an attempter does."""
        begun = self.traces.now()
        outcome = await Attempter.attempt(self, job)  # super() is not that of a class with slots
        self.traces.attempted(job, outcome, begun)
        return outcome


class _Watching:
    """Passes the answer to a unit on, and records what was committed: also where its client has gone."""

    __slots__ = ("_handed_in", "_traces", "_unit", "_waiter")

    def __init__(self, unit: Accept | AcceptMany, waiter: Waiter, traces: Traces) -> None:
        self._unit = unit
        self._waiter = waiter
        self._traces = traces
        self._handed_in: datetime = traces.now()

    def done(self) -> bool:
        return False

    def set_result(self, answer: Any) -> None:  # noqa: ANN401 - each kind of unit has its answer
        for unit in granted(self._unit, answer):
            self._traces.accepted(unit, self._handed_in)
        if not self._waiter.done():
            self._waiter.set_result(answer)

    def set_exception(self, error: Exception) -> None:
        if not self._waiter.done():
            self._waiter.set_exception(error)
