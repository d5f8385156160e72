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

_SEQUENCE_BITS = 12
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1
_VERSION_7 = 0x7000
_VARIANT_DIGITS = ("8", "9", "a", "b")


class TimeOrderedIds:
    """Make UUIDv7 ids that ascend within this maker, also within one millisecond and over a clock set back.

    The 12 bits after the version count the ids of one millisecond; when they overflow, the next millisecond is borrowed.
    Source: RFC 9562 section 5.7 and 6.2 (method 1). Safe to call from several threads.
    """

    __slots__ = ("_entropy", "_lock", "_now_ms", "_state")

    def __init__(self, now_ms: Callable[[], int], entropy: Callable[[int], bytes]) -> None:
        """Take the clock (milliseconds since 1970) and a source of n random bytes."""
        self._now_ms = now_ms
        self._entropy = entropy
        self._state = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return one id: 32 hex digits."""
        tail = self._entropy(8).hex()
        with self._lock:
            state = self._state = max(self._state + 1, self._now_ms() << _SEQUENCE_BITS)
        milliseconds, sequence = state >> _SEQUENCE_BITS, state & _SEQUENCE_MASK
        variant = _VARIANT_DIGITS[int(tail[0], 16) & 3]
        return f"{milliseconds:012x}{_VERSION_7 | sequence:04x}{variant}{tail[1:]}"
