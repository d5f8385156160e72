"""Processor time of a service, thread by thread, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Microseconds used so far by the event loop's thread, by the writer, and by all other threads."""

    loop: float
    writer: float
    other: float

    def since(self, before: "Spent") -> "Spent":
        return Spent(self.loop - before.loop, self.writer - before.writer, max(0.0, self.other - before.other))


def spent_by(pid: int) -> Spent:
    """Read what a process and its child, the writer, have used."""
    process = Path("/proc", str(pid))
    loop = _used(process / "task" / str(pid) / "stat")
    writer = sum(_used(Path("/proc", str(child), "stat")) for child in children_of(pid))
    return Spent(loop, writer, _used(process / "stat") - loop)  # threads that have ended are in the whole


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started; of a service, its writer."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def used_by(pid: int) -> float:
    """Return the microseconds of a process and of its children that have ended; 0 where it has ended itself."""
    try:
        fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) * _TICK_US


def _used(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()  # Source: proc(5): utime and stime are fields 14 and 15
    return (int(fields[11]) + int(fields[12])) * _TICK_US
