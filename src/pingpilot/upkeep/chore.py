"""What a chore is, and its rounds: turn after turn, each within a deadline, further apart while they fail."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pingpilot.domain.errors import PingPilotError
from pingpilot.observe import get_logger

TURN_MAX = timedelta(minutes=1)
"""The deadline of most turns: a question to the store, and a unit or two for the writer."""
BACK_OFF_MAX = timedelta(seconds=10)
"""How long after a failure a chore rests at most, unless it rests for longer anyway: what was down may be back."""
DOUBLINGS_MAX = 10

_log = get_logger()


class Chore(Protocol):
    """A work that has to be done again and again. It begins anew with each of its makings."""

    @property
    def name(self) -> str:
        """What logs, metrics and the lock of its leader call it."""
        ...

    @property
    def every(self) -> timedelta:
        """How long to rest when there is nothing more to do."""
        ...

    @property
    def deadline(self) -> timedelta:
        """When a turn is given up; the next one goes on."""
        ...

    async def turn(self) -> timedelta | None:
        """Do what there is to do; return how long to rest, where that is not ``every``."""
        ...


@dataclass(slots=True)
class Record:
    """How a chore's turns went in this process since its start. ``seconds`` are those of all, ``last_s`` of one."""

    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    last_s: float = 0.0
    last_at: datetime | None = None


class Rounds:
    """Has a chore's turns taken one after the other. Lives on one event loop."""

    def __init__(self, make: Callable[[], Chore], now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        """Take how to make the chore, which must cost nothing, the clock and a stopwatch."""
        self._make = make
        self._now = now
        self._monotonic = monotonic
        self.name = make().name
        self.record = Record()

    async def run(self) -> None:
        """Take turns until cancelled.

        The chore is made anew: another process may have done it since it was done here, and what it remembers would be
        old.
        """
        chore = self._make()
        failures = 0
        while True:
            rest = await self._turn(chore)
            failures = failures + 1 if rest is None else 0
            rest = _back_off(chore.every, failures) if rest is None else rest
            await asyncio.sleep(rest.total_seconds())

    async def _turn(self, chore: Chore) -> timedelta | None:
        """Take one turn; return how long to rest, None when it failed."""
        begun = self._monotonic()
        record = self.record
        try:
            async with asyncio.timeout(chore.deadline.total_seconds()):
                rest = await chore.turn()
        except PingPilotError as error:
            _log.warning(f"{self.name}.waits", reason=error.message)
        except TimeoutError:
            _log.warning(f"{self.name}.waits", reason=f"a turn took longer than {chore.deadline.total_seconds():g} s")
        else:
            record.done += 1
            record.last_at, record.last_s = self._now(), self._monotonic() - begun
            return chore.every if rest is None else rest
        finally:
            record.seconds += self._monotonic() - begun
        record.failed += 1
        return None


def _back_off(every: timedelta, failures: int) -> timedelta:
    """Return the rest after so many failures in a row: twice as long each time, up to a bound."""
    doubled: timedelta = every * 2 ** min(failures - 1, DOUBLINGS_MAX)
    return min(doubled, max(every, BACK_OFF_MAX))
