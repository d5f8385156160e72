"""Group commit: one thread, one transaction for all that waits, then every waiter is answered.

Whoever wants to write submits a unit and waits. The thread takes all units that wait at that moment, applies them
kind by kind in one transaction, commits, and only then answers. When the transaction fails for a reason that one unit
may have caused, each unit is tried alone, so that an invalid one never harms its neighbours.
"""

import asyncio
import concurrent.futures
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

from pingpilot.domain.errors import Overloaded
from pingpilot.observe import get_logger

Apply = Callable[[CursorWrapper, Sequence[Any]], Sequence[Any]]
"""Apply units of one kind inside the open transaction and return one answer per unit, in order."""

Waiter = asyncio.Future[Any] | concurrent.futures.Future[Any]

BATCH_MAX = 512
"""Units in one transaction: bounds how long the first of them waits for the last."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class _Ticket:
    unit: object
    waiter: Waiter


class Writer:
    """The one writer of a process. ``start`` before use; ``close`` writes what waits, then ends the thread."""

    def __init__(self, apply: Mapping[type, Apply], capacity: int) -> None:
        """Take what to do with each kind of unit, and how many units may wait."""
        self._apply = apply
        self._capacity = capacity
        self._waiting: deque[_Ticket] = deque()
        self._wake = threading.Event()
        self._is_closing = False
        self._is_waking = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self, timeout_s: float = 20) -> None:
        """Take no more units, write those that wait, and end the thread."""
        self._is_closing = True
        self._wake.set()
        self._thread.join(timeout_s)

    @property
    def depth(self) -> int:
        """How many units wait."""
        return len(self._waiting)

    @property
    def is_open(self) -> bool:
        """Whether units are taken."""
        return self._thread.is_alive() and not self._is_closing

    def submit(self, unit: object) -> asyncio.Future[Any]:
        """Hand in a unit from the running event loop; the future ends after the commit.

        Raises Overloaded when the queue is full or the writer closes; the future raises Overloaded when the database
        did not take the unit.
        """
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        self._put(_Ticket(unit, waiter))
        # Woken once the loop has dealt with all that is ready: a larger batch, and no fight over the interpreter
        # meanwhile.
        if not self._is_waking:
            self._is_waking = True
            loop.call_soon(self._rouse)
        return waiter

    def write(self, unit: object, timeout_s: float = 30) -> Any:  # noqa: ANN401 - each kind of unit has its answer
        """Hand in a unit from a thread without an event loop and wait for its commit; raises as ``submit``."""
        waiter: concurrent.futures.Future[Any] = concurrent.futures.Future()
        self._put(_Ticket(unit, waiter))
        self._wake.set()
        return waiter.result(timeout_s)

    def _put(self, ticket: _Ticket) -> None:
        if self._is_closing or len(self._waiting) >= self._capacity:
            raise Overloaded
        self._waiting.append(ticket)

    def _rouse(self) -> None:
        self._is_waking = False
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()  # before the queue is read: what comes later sets it again
            while batch := self._take():
                _answer(self._commit(batch))
            if self._is_closing and not self._waiting:
                connection.close()
                return

    def _take(self) -> list[_Ticket]:
        # Popping from a deque is atomic: swapping a shared list between threads lost waiters.
        batch: list[_Ticket] = []
        while self._waiting and len(batch) < BATCH_MAX:
            batch.append(self._waiting.popleft())
        return batch

    def _commit(self, batch: Sequence[_Ticket]) -> list[tuple[Waiter, Any]]:
        try:
            return self._transact(batch)
        except (OperationalError, InterfaceError) as error:
            return self._unavailable(batch, error)
        except Exception as error:  # noqa: BLE001 - the loop must survive whatever one unit brings with it
            if len(batch) == 1:
                _log.error("writer.unit_failed", kind=type(batch[0].unit).__name__, error=repr(error))
                return [(batch[0].waiter, error)]
            return [answer for ticket in batch for answer in self._commit([ticket])]

    def _transact(self, batch: Sequence[_Ticket]) -> list[tuple[Waiter, Any]]:
        kinds: dict[type, list[_Ticket]] = {}
        for ticket in batch:
            kinds.setdefault(type(ticket.unit), []).append(ticket)
        answers: list[tuple[Waiter, Any]] = []
        with transaction.atomic(), connection.cursor() as cursor:
            for kind, tickets in kinds.items():
                results = self._apply[kind](cursor, [ticket.unit for ticket in tickets])
                answers += zip([ticket.waiter for ticket in tickets], results, strict=True)
        return answers

    def _unavailable(self, batch: Sequence[_Ticket], error: DatabaseError | InterfaceError) -> list[tuple[Waiter, Any]]:
        _log.error("store.unavailable", units=len(batch), error=type(error).__name__, reason=str(error)[:200])
        connection.close()  # the next batch opens a fresh one
        return [(ticket.waiter, Overloaded()) for ticket in batch]


def _answer(answers: Sequence[tuple[Waiter, Any]]) -> None:
    """Answer all waiters, each event loop woken once."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[Waiter, Any]]] = {}
    for waiter, result in answers:
        if isinstance(waiter, asyncio.Future):
            loops.setdefault(waiter.get_loop(), []).append((waiter, result))
        else:
            _settle([(waiter, result)])
    for loop, mine in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, mine)


def _settle(answers: Sequence[tuple[Waiter, Any]]) -> None:
    for waiter, result in answers:
        if waiter.done():  # its client has gone
            continue
        if isinstance(result, BaseException):
            waiter.set_exception(result)
        else:
            waiter.set_result(result)
