"""Every Python process that finds this folder on its path notes how long its garbage collector takes.

``BENCH_GC_LOG`` begins the name of the file, the process id ends it; a line has seconds on the machine's monotonic
clock and milliseconds. ``BENCH_GC_UNDO`` names what PingPilot sets and is undone here: ``freeze``, ``thresholds``.
"""

import gc
import os
import time
from pathlib import Path

_undone = os.environ.get("BENCH_GC_UNDO", "").split()
if "freeze" in _undone:
    gc.freeze = lambda: None
if "thresholds" in _undone:
    gc.set_threshold = lambda *_: None


def _watch(path: str) -> None:
    file = Path(f"{path}.{os.getpid()}").open("a", buffering=1)  # noqa: SIM115 - open until the process ends
    begun = 0.0

    def note(phase: str, _: object) -> None:
        nonlocal begun
        if phase == "start":
            begun = time.perf_counter()
        else:
            file.write(f"{time.monotonic():.3f} {(time.perf_counter() - begun) * 1_000:.3f}\n")

    gc.callbacks.append(note)


if "BENCH_GC_LOG" in os.environ:
    _watch(os.environ["BENCH_GC_LOG"])
