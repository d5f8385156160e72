"""Memory of a process, and what ten thousand requests take that wait for the writer at one moment."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.bench.cpu import Spent, children_of, spent_by
from tests.bench.drive import NotAccepted
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.servers.ports import wait_until

WAITING = 10_000
OPEN_FILES = WAITING + 1_000
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def measure(ground: Ground) -> Iterator[Section]:
    """Stop the writer, let the requests come, and look; then let it go on and see each of them answered."""
    with _allowed_files(), ground.place("--no-worker", settings={"PINGPILOT_WRITER_QUEUE": str(2 * WAITING)}) as place:
        ground.warm(place)
        rest = resident_bytes(place.pid)
        with _crowd(place) as crowd:
            _hear(crowd, "connected")
            idle = _settled_bytes(place)
            with _stopped_writer(place):
                _tell(crowd, "send")
                _hear(crowd, "sent")
                waiting = _settled_bytes(place)
            _hear(crowd, "answered")
    figures = [
        Figure(f"{WAITING:,} connections, idle", f"{(idle - rest) / WAITING / 1024:.1f} KiB each"),
        Figure(
            f"{WAITING:,} requests that wait for their commit",
            f"{(waiting - rest) / WAITING / 1024:.1f} KiB each",
            beside=f"{rest / 2**20:.0f} → {waiting / 2**20:.0f} MiB resident",
        ),
    ]
    yield Section("Memory of waiting requests", "Serving process, connections included; loopback, SQLite.", figures)


def resident_bytes(pid: int) -> int:
    """Return the resident memory of one process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES


def proportional_bytes(pid: int) -> int:
    """Return the resident memory of one process, with its part of each page that several share. Source: proc(5)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


@contextmanager
def _allowed_files() -> Iterator[None]:
    """Allow as many open files as that takes, here and in the processes started meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def _stopped_writer(place: Place) -> Iterator[None]:
    (writer,) = children_of(place.pid)
    os.kill(writer, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(writer, signal.SIGCONT)


@contextmanager
def _crowd(place: Place) -> Iterator["subprocess.Popen[str]"]:
    words = [str(place.service.port), str(place.keys), str(WAITING)]
    crowd = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.crowd", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with crowd:
        try:
            yield crowd
        finally:
            crowd.kill()


def _settled_bytes(place: Place) -> int:
    """Wait until the service has dealt with all that came, and return its resident memory."""
    seen: list[Spent] = []

    def is_idle() -> bool:
        seen.append(spent_by(place.pid))
        return len(seen) > 1 and seen[-1] == seen[-2]

    wait_until(is_idle, "the service has dealt with all that came", 30, every_s=0.5)
    return resident_bytes(place.pid)


def _tell(crowd: "subprocess.Popen[str]", word: str) -> None:
    pipe = _there(crowd.stdin)
    pipe.write(f"{word}\n")
    pipe.flush()


def _hear(crowd: "subprocess.Popen[str]", word: str) -> None:
    said = _there(crowd.stdout).readline().strip()
    if said != word:
        raise NotAccepted(f"the crowd should have been {word}: {said}")


def _there(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
