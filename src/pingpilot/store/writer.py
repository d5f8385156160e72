"""Group commit: one writer, one transaction for all that waits at a moment, then every waiter is answered.

The writer is a child process. In a thread it would fight the event loop for the interpreter with every statement, which
costs more than the statements do (see the decision record). What waits is sent at once, and the child commits together
what has come while it was committing; so the busier the instance, the more units share a commit.
"""

import asyncio
import socket
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pingpilot.domain.errors import InternalError, Overloaded
from pingpilot.observe import get_logger
from pingpilot.store.commit import Refused
from pingpilot.store.frames import Frames, framed
from pingpilot.store.parcels import pack_units, unpack_answers

IN_FLIGHT_MAX = 1_024
"""Units with the child: those being committed, and the next ones there when that is done."""
ANSWER_WITHIN_S = 40
"""Longer than the database waits for a lock; past it the child is beyond help and is replaced."""
RESTART_AFTER_S = 1
START_WITHIN_S = 30

_log = get_logger()


class Child(Protocol):
    """What the writer needs of a process; ``subprocess.Popen`` has it."""

    def kill(self) -> None:
        """End it at once."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        ...


class Waiter(Protocol):
    """Who waits for the answer to a unit; asyncio's futures do. It never raises."""

    def done(self) -> bool:
        """Tell whether it waits no longer."""
        ...

    def set_result(self, answer: Any, /) -> None:  # noqa: ANN401 - each kind of unit has its answer
        """Hear the answer."""
        ...

    def set_exception(self, error: Exception, /) -> None:
        """Hear that there is none: Overloaded or InternalError."""
        ...


Launch = Callable[[socket.socket], Child]
"""Start the child on its end of a socket pair: it says hello with an empty list, then answers the units in order."""


class Writer:
    """The one writer of a process; lives on its event loop. ``start`` before use, ``close`` at the end."""

    def __init__(self, launch: Launch, capacity: int) -> None:
        """Take how to start the child, and how many units may wait."""
        self._launch = launch
        self._capacity = capacity
        self._waiting: deque[tuple[object, Waiter]] = deque()
        self._flying: deque[Waiter] = deque()
        self._is_flushing = False
        self._is_closing = False
        self._transport: asyncio.Transport | None = None
        self._child: Child | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: asyncio.Future[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._restart: asyncio.TimerHandle | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._all_answered: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Start the child and wait until it can write; raises Overloaded when it does not start in time."""
        self._loop = asyncio.get_running_loop()
        self._ready = self._loop.create_future()
        await self._connect()
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), START_WITHIN_S)
        except TimeoutError as error:
            raise Overloaded("The writer did not start") from error

    async def close(self) -> None:
        """Take no more units, write those that wait, and end the child."""
        self._is_closing = True
        if self._flying or self._waiting:
            self._all_answered = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._all_answered], timeout=ANSWER_WITHIN_S)
        for timer in (self._watch, self._restart):
            if timer is not None:
                timer.cancel()
        if self._transport is not None:
            self._transport.close()
        if self._child is not None:
            await asyncio.to_thread(_bury, self._child)

    @property
    def is_open(self) -> bool:
        """Whether units are taken."""
        return self._transport is not None and not self._is_closing and len(self._waiting) < self._capacity

    def submit(self, unit: object) -> asyncio.Future[Any]:
        """Hand in a unit; the future ends after its commit.

        Raises Overloaded when the queue is full or the writer is away; the future raises it when the database did not
        take the unit, and InternalError when the unit was wrong.
        """
        if not self.is_open or self._loop is None:
            raise Overloaded
        future: asyncio.Future[Any] = self._loop.create_future()
        self.hand_in(unit, future)
        return future

    def hand_in(self, unit: object, waiter: Waiter) -> None:
        """Hand in a unit; the waiter hears the answer after its commit. Raises and says what ``submit`` does."""
        if not self.is_open or self._loop is None:
            raise Overloaded
        self._waiting.append((unit, waiter))
        if not self._is_flushing:  # once the loop has dealt with all that is ready: a larger batch
            self._is_flushing = True
            self._loop.call_soon(self._flush)

    def write(self, unit: object, timeout_s: float = 30) -> Any:  # noqa: ANN401 - each kind of unit has its answer
        """Hand in a unit from another thread and wait for its commit; raises as ``submit``."""
        if self._loop is None:
            raise Overloaded

        async def submitted() -> Any:  # noqa: ANN401 - as above
            return await self.submit(unit)

        return asyncio.run_coroutine_threadsafe(submitted(), self._loop).result(timeout_s)

    def answered(self, answers: Sequence[Any]) -> None:
        """Take the child's answers to the oldest units in flight; an empty list is its hello."""
        if not answers:
            if self._ready is not None and not self._ready.done():
                self._ready.set_result(None)
            return
        waiters = [self._flying.popleft() for _ in answers]
        self._flush()  # first: the child need not wait for what its answers lead to
        self._keep_watch()
        for waiter, answer in zip(waiters, answers, strict=True):
            _settle(waiter, answer)
        if self._all_answered is not None and not (self._flying or self._waiting or self._all_answered.done()):
            self._all_answered.set_result(None)

    def lost(self, transport: asyncio.BaseTransport) -> None:
        """Answer all that was in flight or waited: the child has gone. It is started again."""
        if transport is not self._transport:
            return
        self._transport = None
        if self._is_closing:
            return
        _log.error("writer.lost", units=len(self._flying))
        for waiter in [*self._flying, *(one for _, one in self._waiting)]:
            _settle(waiter, Refused("the writer has gone", is_away=True))
        self._flying.clear()
        self._waiting.clear()
        if self._loop is not None:
            self._restart = self._loop.call_later(RESTART_AFTER_S, self._reconnect)

    def _flush(self) -> None:
        self._is_flushing = False
        count = min(len(self._waiting), IN_FLIGHT_MAX - len(self._flying))
        if count <= 0 or self._transport is None:
            return
        sent = [self._waiting.popleft() for _ in range(count)]
        self._flying.extend(waiter for _, waiter in sent)
        self._transport.write(framed(pack_units([unit for unit, _ in sent])))
        if self._watch is None:
            self._keep_watch()

    def _keep_watch(self) -> None:
        """Allow the oldest units their time; the timer is set anew with every answer."""
        if self._watch is not None:
            self._watch.cancel()
        self._watch = None
        if self._flying and self._loop is not None:
            self._watch = self._loop.call_later(ANSWER_WITHIN_S, self._give_up)

    def _give_up(self) -> None:
        _log.error("writer.silent", seconds=ANSWER_WITHIN_S)
        if self._child is not None:
            self._child.kill()

    def _reconnect(self) -> None:
        if self._loop is not None:
            self._connecting = self._loop.create_task(self._connect())
            self._connecting.add_done_callback(self._reconnected)

    def _reconnected(self, attempt: "asyncio.Task[None]") -> None:
        """Try again when not even a process could be started."""
        if self._loop is not None and not attempt.cancelled() and (error := attempt.exception()):
            _log.error("writer.not_started", error=repr(error)[:300])
            self._restart = self._loop.call_later(RESTART_AFTER_S, self._reconnect)

    async def _connect(self) -> None:
        """Start a child on a fresh pair of sockets."""
        mine, yours = socket.socketpair()
        if self._child is not None:
            await asyncio.to_thread(_bury, self._child)
        with yours:
            try:
                self._child = self._launch(yours)
            except OSError:
                mine.close()
                raise
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(lambda: _Line(self), sock=mine)
        self._transport = transport


class _Line(asyncio.Protocol):
    """The parent's end of the socket pair."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._frames = Frames()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            self._writer.answered(unpack_answers(frame))

    def connection_lost(self, _: Exception | None) -> None:
        if self._transport is not None:
            self._writer.lost(self._transport)


def _settle(waiter: Waiter, answer: object) -> None:
    if waiter.done():  # its client has gone
        return
    if isinstance(answer, Refused):
        waiter.set_exception(Overloaded() if answer.is_away else InternalError())
    else:
        waiter.set_result(answer)


def _bury(child: Child) -> None:
    try:
        child.wait(timeout=ANSWER_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
