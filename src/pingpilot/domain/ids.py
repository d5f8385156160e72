"""Typed identifiers, and the making of time-ordered ones."""

import threading
from collections.abc import Callable
from typing import NewType

UserId = NewType("UserId", int)
WorkspaceId = NewType("WorkspaceId", int)
CategoryId = NewType("CategoryId", int)
DestinationId = NewType("DestinationId", int)
KeyId = NewType("KeyId", str)
"""A cuid2: 24 lower-case letters and digits."""
EventId = NewType("EventId", str)
"""A UUIDv7 as 32 lower-case hex digits, so that text order is order of receipt."""
DeliveryId = NewType("DeliveryId", str)
"""As EventId."""

_POOL_BYTES = 1_024
"""Random bytes fetched at a time: each fetch is a call of the system."""
_SEQUENCE_BITS = 12
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1
_VERSION_7 = 0x7000
_VARIANT = {f"{digit:x}": f"{0b1000 | digit >> 2:x}" for digit in range(16)}
"""A random digit to the first one of an id's second half, whose upper two bits are 10."""


class TimeOrderedIds:
    """Make UUIDv7 ids that ascend within this maker, also within one millisecond and over a clock set back.

    The 12 bits after the version count the ids of one millisecond; on overflow the next millisecond is borrowed.
    Source: RFC 9562 section 5.7 and 6.2 (method 1). Safe to call from several threads.
    """

    __slots__ = ("_entropy", "_lock", "_now_ms", "_pool", "_state")

    def __init__(self, now_ms: Callable[[], int], entropy: Callable[[int], bytes]) -> None:
        """Take the clock (milliseconds since 1970) and a source of n random bytes."""
        self._now_ms = now_ms
        self._entropy = entropy
        self._pool = b""
        self._state = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return one id: 32 hex digits."""
        return self.several(1)[0]

    def several(self, count: int) -> list[str]:
        """Return ids in ascending order, for the price of little more than one."""
        with self._lock:
            tails, self._pool = self._pool[: 8 * count], self._pool[8 * count :]
            if len(tails) < 8 * count:
                tails, self._pool = self._entropy(8 * count), self._entropy(_POOL_BYTES)
            first = max(self._state + 1, self._now_ms() << _SEQUENCE_BITS)
            self._state = first + count - 1
        digits = tails.hex()
        return [_format(first + index, digits[16 * index : 16 * index + 16]) for index in range(count)]


def _format(state: int, tail: str) -> str:
    head = (state >> _SEQUENCE_BITS) << 16 | _VERSION_7 | state & _SEQUENCE_MASK
    return f"{head:016x}{_VARIANT[tail[0]]}{tail[1:]}"
