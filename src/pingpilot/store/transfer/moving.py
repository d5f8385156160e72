"""The move: copy while the source is in use, keep up with it, compare, and close it off for the last of it.

A turn sees the source as of one moment, makes the target what the source is then, and compares for a while. What was
compared holds until something changes there, which the next turn hears of; so once all was compared, a turn has little
to do, however much is stored, and so has the last one, for which the source stands still.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pingpilot.store.transfer.fence import Moved
from pingpilot.store.transfer.ranges import Compared, Ranges
from pingpilot.store.transfer.source import Source
from pingpilot.store.transfer.tables import Key, Table
from pingpilot.store.transfer.target import Progress, Target

TURN_S = 5
"""How long a turn compares: meanwhile the source has to keep apart what changes."""


class Differs(Exception):
    """What arrived is not what was sent; nothing of it is kept."""

    def __init__(self, compared: list[Compared]) -> None:
        """Take the tables that differ."""
        super().__init__()
        self.compared = compared


@dataclass(slots=True)
class Move:
    """One transfer. ``clock`` counts seconds."""

    source: Source
    target: Target
    clock: Callable[[], float]
    ranges: dict[str, Ranges] = field(default_factory=dict)

    def copy(self, tables: list[Table], copied: Progress) -> None:
        """Copy all tables and everything that has changed meanwhile; raises ConfigurationError."""
        self.ranges = {table.name: Ranges(table) for table in tables}
        for table in tables:
            self.target.copy(self.source, table, copied)
        with self.source.snapshot():
            self._catch_up()
        self.target.check()
        self.target.analyze()
        self.source.forget_changes()

    def turn(self, read: Progress, seconds: float = TURN_S) -> bool:
        """Catch up, and compare for some seconds; tell whether all is compared. Raises Differs."""
        with self.source.snapshot():
            self._catch_up()
            is_done = self._compare(read, self.clock() + seconds)
        self.target.check()
        self.source.forget_changes()
        return is_done

    def finish(self, to: Moved, now: datetime, read: Progress) -> list[Compared]:
        """Bring over the last changes, compare what is left, and put up the fence; raises Differs before that.

        The caller's transaction in the target has to be committed at once.
        """
        with self.source.closed_off(to):
            self._catch_up()
            self._compare(read, None)
            self.target.open(self.source.last_numbers(), now)
        return [one.result() for one in self.ranges.values()]

    @property
    def done(self) -> int:
        """How many ranges are compared, and unchanged since."""
        return sum(one.done for one in self.ranges.values())

    def _catch_up(self) -> None:
        self.target.apply(self.source.changes(), self._changed)

    def _changed(self, table: Table, key: Key) -> None:
        self.ranges[table.name].changed(key)

    def _compare(self, read: Progress, end: float | None) -> bool:
        """Compare until all is or the time has come; a range at least, so that it has an end."""
        for ranges in self.ranges.values():
            for is_same in ranges.compare(self.source, self.target, read):
                if not is_same:
                    raise Differs([ranges.result()])
                if end is not None and self.clock() >= end:
                    return all(one.is_done for one in self.ranges.values())
        return True
