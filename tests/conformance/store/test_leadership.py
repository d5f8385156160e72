"""One leader at a time, and another soon when it is gone: each of them on an event loop and connections of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from pingpilot.store.leadership import Leadership, number_of
from pingpilot.store.sql import ask, is_sqlite
from tests.servers.ports import wait_until

SOON_S = 5
"""Source: the issue of scaling out, "takeover in under 5 s"."""


class Process:
    """Does a work on a thread, when it leads; ``led`` counts how often it began to."""

    def __init__(self, name: str = "of a test") -> None:
        self.led = 0
        self.leads = False
        self.hang = threading.Event()
        self.go_on = threading.Event()
        self._name = name
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._began = threading.Event()
        self._thread.start()
        assert self._began.wait(20)

    def end(self) -> None:
        self.go_on.set()
        with suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(20)
        assert not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._began.set()
        leadership = Leadership(is_alone=False)
        with suppress(asyncio.CancelledError):
            await leadership.lead(self._name, self._work)
        await leadership.close()

    def _cancel(self) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _work(self) -> None:
        self.led += 1
        self.leads = True
        try:
            while True:
                await asyncio.sleep(0.02)
                if self.hang.is_set():
                    self.go_on.wait(20)  # nothing else happens in this process meanwhile
        finally:
            self.leads = False


@pytest.fixture
def process(db: None) -> Iterator[Callable[..., Process]]:
    if is_sqlite():
        pytest.skip("several processes need PostgreSQL; run with --postgresql")
    begun: list[Process] = []

    def begin(name: str = "of a test") -> Process:
        begun.append(Process(name))
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


@contextmanager
def soon(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON_S, what


def test_whoever_is_alone_leads_without_a_lock():
    async def work() -> None:
        done.append(1)

    async def run() -> None:
        leadership = Leadership(is_alone=True)
        await leadership.lead("anything", work)
        await leadership.close()

    done: list[int] = []
    asyncio.run(run())
    assert done == [1]


def test_one_of_two_leads_and_the_other_follows_when_it_ends(process: Callable[..., Process]):
    first = process()
    wait_until(lambda: first.leads, "the first leads")
    second = process()
    other = process("of another test")
    wait_until(lambda: other.leads, "works do not hinder each other")
    time.sleep(1.5)  # it has tried twice by then
    assert (first.led, second.led) == (1, 0)
    with soon("followed after an end"):
        first.end()
        wait_until(lambda: second.leads, "the second leads")


def test_a_leader_whose_connection_broke_stops_and_somebody_leads_again(process: Callable[..., Process]):
    processes = [process(), process()]
    wait_until(lambda: any(one.leads for one in processes), "one leads")
    with soon("followed after a broken connection"):
        lock = number_of("of a test")
        ask(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND (classid::bigint << 32 | objid::bigint) = %s",
            [lock],
        )
        wait_until(lambda: sum(one.led for one in processes) == 2, "somebody leads anew")
    wait_until(lambda: sum(one.leads for one in processes) == 1, "one leads, and one only")


def test_a_leader_that_hangs_is_followed_and_stops_when_it_wakes(process: Callable[..., Process]):
    first = process()
    wait_until(lambda: first.leads, "the first leads")
    second = process()
    with soon("followed after a silence"):
        first.hang.set()
        wait_until(lambda: second.leads, "the second leads")
    first.hang.clear()
    first.go_on.set()
    wait_until(lambda: not first.leads, "the first has noticed")
    assert second.leads


def test_a_work_that_breaks_is_heard_of_and_its_lock_is_free(process: Callable[..., Process]):
    async def breaks() -> None:
        raise ValueError("broken")

    async def run() -> None:
        leadership = Leadership(is_alone=False)
        with pytest.raises(ValueError, match="broken"):
            await leadership.lead("of a test", breaks)
        with soon("followed after a break"):  # while the connection of the first lives on
            follower = process()
            await asyncio.to_thread(wait_until, lambda: follower.leads, "another leads")
        await leadership.close()

    asyncio.run(run())
