"""One transaction for many units, and no unit that harms its neighbours."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.observe import get_logger
from pingpilot.store.sql import without_waiting

Apply = Callable[[CursorWrapper, Sequence[Any]], Sequence[Any]]
"""Apply units of one kind inside the open transaction and return one answer per unit, in order."""

DEADLOCKED = ("40P01", "40001")
"""deadlock_detected and serialization_failure. Source: PostgreSQL, appendix A."""
READ_ONLY = "25006"
"""read_only_sql_transaction: the server takes nothing, as a replica. Source: as above."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Refused:
    """The answer for a unit not stored: ``is_away`` when the database did not answer, else the unit was wrong."""

    reason: str
    is_away: bool


class Committer:
    """Commits batches on the connection of the calling thread."""

    def __init__(self, apply: Mapping[type, Apply], straight: Collection[Apply] = ()) -> None:
        """Take what to do with each kind of unit; kinds of one apply are handed to it together, in order.

        They are applied in the order in which they are given: whatever comes together, rows are locked in one order.
        Where all that comes is for those that are ``straight``, it is done ``without_waiting``.
        """
        self._apply = apply
        self._straight = frozenset(straight)
        self._turn = {one: number for number, one in enumerate(apply.values())}

    def commit(self, units: Sequence[object]) -> list[Any]:
        """Commit the units, kind by kind, and return one answer for each, in order; never raises.

        When the transaction fails for a reason that one unit may have caused, each is tried alone.
        """
        try:
            return self._persist(units)
        except (OperationalError, InterfaceError) as error:
            return self._away(units, error)
        except Exception as error:  # noqa: BLE001 - whatever one unit brings with it, the others go on
            if _state_of(error) == READ_ONLY:
                return self._away(units, error)
            if len(units) > 1:
                return [answer for unit in units for answer in self.commit([unit])]
            _log.error("unit.refused", kind=type(units[0]).__name__, error=repr(error)[:300])
            return [Refused(repr(error)[:300], is_away=False)]

    def _persist(self, units: Sequence[object]) -> list[Any]:
        """Try once more when two processes held what the other wanted: the database has undone one of them."""
        try:
            return self._transact(units)
        except OperationalError as error:
            if _state_of(error) not in DEADLOCKED:
                raise
            _log.warning("store.deadlocked", units=len(units))
            return self._transact(units)

    def _transact(self, units: Sequence[object]) -> list[Any]:
        answers: list[Any] = [None] * len(units)
        kinds: dict[Apply, list[int]] = {}
        for index, unit in enumerate(units):
            kinds.setdefault(self._apply[type(unit)], []).append(index)
        whole = without_waiting() if self._straight.issuperset(kinds) else transaction.atomic()
        with whole, connection.cursor() as cursor:
            for apply in sorted(kinds, key=self._turn.__getitem__):
                results = apply(cursor, [units[index] for index in kinds[apply]])
                for index, result in zip(kinds[apply], results, strict=True):
                    answers[index] = result
        return answers

    def _away(self, units: Sequence[object], error: Exception) -> list[Any]:
        reason = str(error).strip().partition("\n")[0][:200]
        _log.error("store.unavailable", units=len(units), reason=reason)
        connection.close()  # the next batch opens a fresh one
        return [Refused(reason, is_away=True) for _ in units]


def _state_of(error: Exception) -> str | None:
    """Return PostgreSQL's code of an error, if it is one of its."""
    state: str | None = getattr(error.__cause__, "sqlstate", None)
    return state
