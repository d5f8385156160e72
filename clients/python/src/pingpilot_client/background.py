"""Sending beside the application: who reports does not wait, and what waits is sent before the process ends."""

import atexit
import contextlib
import logging
import os
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Self

from pingpilot_client import answers, calls
from pingpilot_client.answers import Result
from pingpilot_client.client import Client, as_event
from pingpilot_client.errors import InvalidEvent, PingPilotError, Unreached
from pingpilot_client.event import Event, FieldValue, Severity

CAPACITY = 10_000
TOGETHER = 500
"""Events in one call at most."""
LINGER_S = 0.05
"""How long the first event waits for company."""
TICK_S = 1.0
HURRIED_S = 0.2
EXIT_TIMEOUT_S = 10.0
COMPLAINT_S = 60.0

Prepared = Event | Callable[[], Event]
"""An event, or what makes it: that runs beside the application, and must not raise."""

_log = logging.getLogger("pingpilot_client")


@dataclass(frozen=True, slots=True)
class Figures:
    """How much was sent, refused by the server, and dropped because the buffer was full or the process ended."""

    waiting: int
    sent: int
    refused: int
    dropped: int


class Background:
    """Sends what it is given, in order, from a thread of its own, which starts with the first event.

    At most ``capacity`` events wait; what comes on top is dropped and counted. While the server is away they wait, and
    it is tried again at a pace that slows down to twice a minute. In an orderly exit of the process all that waits is
    sent, for ``exit_timeout`` seconds at most; what is left then is said on standard error. After a fork the child
    begins with an empty buffer and sends its own.
    """

    def __init__(
        self,
        client: Client | None = None,
        *,
        capacity: int = CAPACITY,
        exit_timeout: float = EXIT_TIMEOUT_S,
        on_refused: Callable[[Event, PingPilotError], None] | None = None,
    ) -> None:
        """Take by which client to send (else one from the environment), and who hears of events that are refused."""
        self.client = client or Client()
        self._capacity = capacity
        self._exit_timeout = exit_timeout
        self._on_refused = on_refused
        self._tickers: list[Callable[[], None]] = []
        self._complained_at: dict[str, float] = {}
        self._begin()

    def send(
        self,
        category: str | Event,
        description: str | None = None,
        *,
        fields: Mapping[str, FieldValue] | None = None,
        severity: Severity | None = None,
        timestamp: datetime | None = None,
        dedupe_key: str | None = None,
        url: str | None = None,
    ) -> bool:
        """Have an event sent, and return at once; False when it was dropped. Raises InvalidEvent."""
        event = as_event(category, description, fields, severity, timestamp, dedupe_key, url)
        event.check()
        return self.put(event if event.timestamp else replace(event, timestamp=datetime.now(UTC)))

    def put(self, event: Prepared) -> bool:
        """Take an event that is known to be right, or what makes it; False when it was dropped. Never waits."""
        if self._process != os.getpid():
            self._begin()
        is_full = self._is_closed or len(self._queue) >= self._capacity
        if is_full or not (self._thread or self._start()):
            self._figures["dropped"] += 1
            return False
        self._queue.append(event)
        if not self._wake.is_set():
            self._wake.set()
        return True

    def every_second(self, ticker: Callable[[], None]) -> None:
        """Have something called about once a second from the sending thread; it must not raise."""
        self._tickers.append(ticker)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all is settled that waits now; False when that took longer than ``timeout`` seconds."""
        if self._process != os.getpid() or self._thread is None:
            return True
        ends_at = None if timeout is None else time.monotonic() + timeout
        self._hurry.set()
        self._wake.set()
        try:
            with self._settled:
                return self._settled.wait_for(self._is_empty, None if ends_at is None else ends_at - time.monotonic())
        finally:
            self._hurry.clear()

    def close(self, timeout: float | None = EXIT_TIMEOUT_S) -> bool:
        """Flush, and take nothing more; False when something was left, which is dropped."""
        is_done = self.flush(timeout)
        self._is_closed = True
        self._wake.set()
        atexit.unregister(self._at_exit)
        return is_done

    def figures(self) -> Figures:
        """Return how it went so far."""
        counts = self._figures
        return Figures(self._waiting(), counts["sent"], counts["refused"], counts["dropped"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        """Begin with nothing: in this process, or in one that a fork has made."""
        self._process = os.getpid()
        self._queue = deque[Prepared]()
        self._in_hand = 0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._wake, self._hurry = threading.Event(), threading.Event()
        self._settled = threading.Condition()
        self._is_closed = False
        self._figures = Counter[str]()

    def _start(self) -> bool:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="pingpilot", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the interpreter is ending
                    return False
                self._thread = thread
                self._at_every_end()
        return self._thread is not None

    def _at_every_end(self) -> None:
        """Be called when the process ends, also where it is a child of `multiprocessing`, which skips `atexit`."""
        atexit.register(self._at_exit)
        processes = sys.modules.get("multiprocessing.util")
        if processes is not None and sys.modules["multiprocessing"].parent_process() is not None:
            processes.Finalize(self, self._at_exit, exitpriority=0)

    def _at_exit(self) -> None:
        if not self.flush(self._exit_timeout):
            left = self._waiting()
            with contextlib.suppress(Exception):  # standard error may be closed by now
                sys.stderr.write(f"pingpilot_client: {left} event(s) could not be sent before the process ended\n")

    def _is_empty(self) -> bool:
        return self._waiting() == 0

    def _waiting(self) -> int:
        return len(self._queue) + self._in_hand

    def _run(self) -> None:
        """Send what comes until it is closed."""
        while not (self._is_closed and not self._queue):
            self._wake.wait(TICK_S if self._tickers else None)
            self._wake.clear()
            self._hurry.wait(0 if not self._queue else LINGER_S)
            while self._queue:
                self._deliver(self._take())
            for ticker in self._tickers:
                ticker()
            with self._settled:
                self._settled.notify_all()

    def _take(self) -> list[Event]:
        """Take the next events out of the queue, and make those that are not made yet."""
        with self._settled:
            taken = [self._queue.popleft() for _ in range(min(len(self._queue), TOGETHER))]
            self._in_hand = len(taken)
        return [_made(one) for one in taken]

    def _deliver(self, events: Sequence[Event]) -> None:
        """Send events until each is stored or refused."""
        try:
            refused = self._sent(events)
            skewed = [event for event, error in refused if _is_about_time(error) and event.timestamp is not None]
            if skewed:  # this machine's clock is wrong: the server's has to do
                refused = [pair for pair in refused if pair[0] not in skewed]
                refused += self._sent([replace(event, timestamp=None) for event in skewed])
            for event, error in refused:
                self._refuse(event, error)
        except Exception:  # noqa: BLE001 - whatever it is, the events to come are to be sent
            _log.exception("%d event(s) were lost", len(events))
        finally:
            with self._settled:
                self._in_hand = 0

    def _sent(self, events: Sequence[Event]) -> list[tuple[Event, PingPilotError]]:
        """Send events together; return those that are refused."""
        refused = list[tuple[Event, PingPilotError]]()
        for batch in calls.batches(enumerate(event.to_json() for event in events)):
            try:
                results = self._results(batch)
            except PingPilotError as error:
                refused += [(events[index], error) for index in batch.indexes]
            else:
                refused += [(events[one.index], one.error) for one in results if one.error is not None]
                self._figures["sent"] += sum(one.is_accepted for one in results)
        return refused

    def _results(self, batch: calls.Batch) -> list[Result]:
        """Call until there is an answer or we are closed; raise what another try would not cure."""
        number = 0
        while True:
            number += 1
            try:
                reply, why = self.client.try_once(batch.call), ""
            except Unreached as error:
                reply, why = None, str(error)
            pause = calls.pause_before(number, reply)
            if reply is not None and pause is None:
                return answers.results(reply, batch.indexes)
            why = why or f"{self.client.access.url} answered {reply.status if reply else 0}"
            self._complain(f"{why}; trying again")
            if self._is_closed:
                raise Unreached(why)
            self._rest(pause or 0)

    def _rest(self, pause_s: float) -> None:
        """Wait, but not for long when somebody waits for us; make what waits, lest it hold an application's frames."""
        for place in range(len(self._queue)):
            self._queue[place] = _made(self._queue[place])
        if self._hurry.wait(pause_s):
            time.sleep(min(pause_s, HURRIED_S))

    def _refuse(self, event: Event, error: PingPilotError) -> None:
        what = "dropped" if isinstance(error, Unreached) else "refused"
        self._figures[what] += 1
        self._complain(f"an event was {what}: {error}")
        if self._on_refused is not None:
            self._on_refused(event, error)

    def _complain(self, why: str) -> None:
        """Log why, the same at most once a minute."""
        now = time.monotonic()
        if now - self._complained_at.get(why, -COMPLAINT_S) >= COMPLAINT_S:
            if len(self._complained_at) > 100:
                self._complained_at.clear()
            self._complained_at[why] = now
            _log.warning("%s", why)


def _made(one: Prepared) -> Event:
    return one if isinstance(one, Event) else one()


def _is_about_time(error: PingPilotError) -> bool:
    return isinstance(error, InvalidEvent) and {issue.path for issue in error.issues} == {("timestamp",)}
