"""What a process asks of the world: its environment, the time, randomness. All others are handed them."""

import os
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime


def environment() -> Mapping[str, str]:
    """Return a copy of the process environment."""
    return dict(os.environ)


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def now_ms() -> int:
    """Return the milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds on a clock that never goes back; only differences mean anything."""
    return time.monotonic()


def spread() -> float:
    """Return a random number from 0 to 1, to keep retries apart; not for secrets."""
    return random.random()  # noqa: S311 - nothing is guarded by it


def entropy(count: int) -> bytes:
    """Return random bytes fit for keys."""
    return os.urandom(count)
