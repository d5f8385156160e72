"""One embedded instance per database file, held by a lock that the operating system frees when the process dies."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from pingpilot.domain.errors import ConfigurationError

SERVER, WORKER, TRANSFER = "server", "worker", "transfer"
_PROCESSES = Path("/proc")


def hold(folder: Path, role: str) -> int:
    """Take the lock of a role in a data folder for the life of the process; returns its file descriptor, to be kept.

    Raises ConfigurationError when another process holds it.
    """
    descriptor = try_hold(folder, role)
    if descriptor is None:
        raise ConfigurationError(
            f"Another PingPilot {role} (process {_written(folder, role) or 'unknown'}) already uses the data folder "
            f"{folder}. Stop it first, or choose another folder with PINGPILOT_DATA_DIR."
        )
    return descriptor


def try_hold(folder: Path, role: str) -> int | None:
    """Take the lock as ``hold`` does; None when another process holds it."""
    descriptor = os.open(_path(folder, role), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def beside(folder: Path, role: str, act: Callable[[bool], bool]) -> bool:
    """Return what ``act`` answers, told whether another process holds the lock; if none does, none can meanwhile."""
    descriptor = try_hold(folder, role)
    try:
        return act(descriptor is None)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def holder(folder: Path, role: str) -> int | None:
    """Return the process that holds a lock; None when there is none, or none that can be seen from here.

    What is written in the file may be the number of another process, in another container.
    """
    number = _written(folder, role)
    if not number.isdecimal():
        return None
    path = _path(folder, role)
    try:
        opened = list((_PROCESSES / number / "fd").iterdir())
        return int(number) if any(_is_same(one, path) for one in opened) else None
    except OSError:
        return None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # closed meanwhile
        return False


def _written(folder: Path, role: str) -> str:
    try:
        return _path(folder, role).read_bytes()[:32].decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""


def _path(folder: Path, role: str) -> Path:
    return folder / f"{role}.lock"
