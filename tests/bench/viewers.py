"""A thousand open pages on one process: what each takes of memory, and how soon each shows an event."""

import http.client
import json
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing

from tests.bench.cpu import spent_by
from tests.bench.drive import NotAccepted
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground, Place
from tests.bench.memory import resident_bytes

VIEWERS, USERS = 1_000, 100
EVENTS_A_SECOND, SECONDS, QUIET_S = 50, 10, 2
STORED = 10_000


def measure(ground: Ground) -> Iterator[Section]:
    """Report events at a steady pace, to nobody and to all who watch."""
    with ground.place("--no-worker", events=STORED) as place:
        _report(place)
        unseen, alone = _report(place)
        rest = resident_bytes(place.pid)
        with _audience(place) as crowd:
            watched = resident_bytes(place.pid)
            sent, beside = _report(place)
            heard, size = _heard(crowd)
    waits = sorted(_waits_ms(sent, heard))
    pages = len(heard)
    figures = [
        Figure(f"{VIEWERS:,} open pages", f"{(watched - rest) / VIEWERS / 1024:.1f} KiB each"),
        Figure(
            f"an event until an open page has it, at {EVENTS_A_SECOND} events/s",
            f"{len(waits):,} times",
            p50_ms=waits[len(waits) // 2],
            p99_ms=waits[len(waits) * 99 // 100],
        ),
        Figure("sent to each page", f"{size / pages / 1024 / SECONDS:.0f} KiB/s"),
        Figure("drawings each page got", f"{sum(map(len, heard)) / pages / SECONDS:.1f} a second"),
        Figure("the process with nobody watching", f"{alone:.0%} of a core", beside=f"{len(unseen)} events"),
        Figure("the process with all watching", f"{beside:.0%} of a core", beside=f"{len(sent)} events"),
    ]
    yield Section(
        "Open pages", "All watch the same list of 50 events; loopback, SQLite, events from one client.", figures
    )


def _audience(place: Place) -> "subprocess.Popen[str]":
    """Return the process that has all pages open."""
    service, workspace = place.service, place.workspace.id
    made = subprocess.run(
        [sys.executable, "-m", "tests.bench.audience", str(workspace), str(USERS)],
        env=service.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    command = [sys.executable, "-m", "tests.bench.watching", str(service.port), str(workspace), str(VIEWERS)]
    crowd = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert crowd.stdin is not None
    assert crowd.stdout is not None
    crowd.stdin.write(" ".join(made.stdout.split()) + "\n")
    crowd.stdin.flush()
    if crowd.stdout.readline() != "open\n":
        raise NotAccepted("not all pages could be opened")
    time.sleep(QUIET_S)
    return crowd


def _report(place: Place) -> tuple[list[float], float]:
    """Report events at a steady pace; return when each was sent, and the share of a core that the process took."""
    sent: list[float] = []
    before, begun = spent_by(place.pid), time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", place.service.port, timeout=30)) as connection:
        for number in range(EVENTS_A_SECOND * SECONDS):
            time.sleep(max(0, begun + number / EVENTS_A_SECOND - time.monotonic()))
            sent.append(round(time.monotonic(), 6))
            _send(connection, place, sent[-1])
    used = spent_by(place.pid).since(before)
    share = (used.loop + used.other) / 1_000_000 / (time.monotonic() - begun)
    time.sleep(QUIET_S)
    return sent, share


def _send(connection: http.client.HTTPConnection, place: Place, at: float) -> None:
    body = json.dumps({"category": "sale", "description": f"at:{at:016.6f}"})
    connection.request("POST", "/api/v1/event", body, {"Authorization": f"Bearer {place.workspace.key}"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise NotAccepted(f"{answer.status} {answer.read()!r}")
    answer.read()


def _heard(crowd: "subprocess.Popen[str]") -> tuple[list[list[tuple[float, float]]], int]:
    told = json.loads(crowd.communicate("end\n", timeout=60)[0])
    return told["heard"], told["bytes"]


def _waits_ms(sent: Sequence[float], heard: Sequence[Sequence[tuple[float, float]]]) -> Iterator[float]:
    """Give how long each page waited for each event."""
    for page in heard:
        known = 0
        for arrived_at, newest in page:
            upto = bisect_right(sent, newest)
            yield from ((arrived_at - at) * 1_000 for at in sent[known:upto])
            known = max(known, upto)
