"""One embedded instance per database file, held by a lock that the operating system frees when the process dies."""

import fcntl
import os
from pathlib import Path

from pingpilot.domain.errors import ConfigurationError


def hold(folder: Path, role: str) -> int:
    """Take the lock of a role in a data folder for the life of the process; returns its file descriptor, to be kept.

    Raises ConfigurationError when another process holds it.
    """
    path = folder / f"{role}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise ConfigurationError(
            f"Another PingPilot {role} (process {holder or 'unknown'}) already uses the data folder {folder}. "
            "Stop it first, or choose another folder with PINGPILOT_DATA_DIR."
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
