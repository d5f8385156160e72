"""The machine that is measured on."""

import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

SYNCS = 200
BLOCK_BYTES = 4_096


def described(folder: Path) -> str:
    """Say what the figures were taken on; ``folder`` is on the disk that is written to."""
    day = datetime.now(UTC)
    return (
        f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}, "
        f"{day.day} {day:%B %Y}, median fsync of the disk {_sync_us(folder):.0f} µs"
    )


def _sync_us(folder: Path) -> float:
    times = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            begun = time.perf_counter()
            file.write(b"x" * BLOCK_BYTES)
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return median(times) * 1e6
