"""What reporting costs whoever reports: a record of `logging`, and the start of `pingpilot send`."""

import logging
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator

from pingpilot_client import Background, Client, PingPilotHandler
from tests.bench.figures import Figure, Section
from tests.bench.ground import Ground
from tests.servers.process import COMMAND

NOWHERE = "http://127.0.0.1:1"
"""Nobody listens there: the server is away."""
ROUNDS, RECORDS, STARTS = 5, 2_000, 11


def measure(_ground: Ground) -> Iterator[Section]:
    """Log, and start; no service is needed."""
    logger = logging.Logger("bench")  # noqa: LOG001 - one that nothing else listens to
    for one in (logger, logging.getLogger("pingpilot_client")):
        one.addHandler(logging.NullHandler())
    empty = _cost(lambda number: logger.error("order %d failed", number))
    with Client("pp_key", NOWHERE, retries=0) as client:
        background = Background(client, capacity=10 * ROUNDS * RECORDS)
        handler = PingPilotHandler(background=background)
        logger.addHandler(handler)
        equal = _cost(lambda number: logger.error("order %d failed", number))
        unlike = _cost(lambda number: logger.error(f"order {number} failed at {time.perf_counter_ns()}"))  # noqa: G004 - each unlike
        logger.removeHandler(handler)
        background.close(0.1)
    figures = [
        Figure(
            "a record, equal to one before",
            f"{equal:.1f} µs",
            beside=f"{empty:.1f} µs with a handler that does nothing",
        ),
        Figure("a record unlike all before", f"{unlike:.1f} µs"),
        Figure("`pingpilot send`, start to refusal", f"{_start() * 1000:.0f} ms of the processor"),
    ]
    text = "Time of the calling thread on the processor; the server is away. Medians."
    yield Section("What reporting costs", text, figures)


def _cost(log: Callable[[int], None]) -> float:
    """Return the microseconds of a record on the processor of this thread."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.thread_time()
        for number in range(RECORDS):
            log(number)
        rounds.append((time.thread_time() - begun) / RECORDS * 1e6)
    return statistics.median(rounds)


def _start() -> float:
    """Return the seconds on the processor that a call takes whose key is missing."""
    took = []
    for _ in range(STARTS):
        before = _spent_by_children()
        subprocess.run([*COMMAND, "send", "sale"], env={"PATH": ""}, capture_output=True, timeout=60, check=False)
        took.append(_spent_by_children() - before)
    return statistics.median(took)


def _spent_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
