"""Free ports and waiting for servers."""

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    """Return a TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], object], what: str, timeout_s: float = 20, every_s: float = 0.02) -> None:
    """Wait until something is so; fail with its description after the deadline."""
    end = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"did not happen within {timeout_s} s: {what}")
        time.sleep(every_s)
