"""Typed identifiers, and the making of time-ordered ones."""

import struct
import threading
from collections.abc import Callable
from datetime import UTC, datetime
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

_DIGITS, _CLOCK_DIGITS = 32, 12
"""Hex digits of a UUIDv7; the leading ones count milliseconds. Source: RFC 9562 section 5.7."""
_POOL = struct.Struct(">128Q")
"""Random numbers fetched at a time: each fetch is a call of the system."""
_SEQUENCE_BITS = 12
_SEQUENCE_MASK = (1 << _SEQUENCE_BITS) - 1
_VERSION_7 = 0x7000
_TAIL_MASK, _VARIANT = (1 << 62) - 1, 1 << 63
"""Of an id's second half: 62 random bits behind the bits 10."""


def id_at(at: datetime) -> str:
    """Return an id before those that are made at an instant or later."""
    return f"{int(at.timestamp() * 1_000):0{_CLOCK_DIGITS}x}".ljust(_DIGITS, "0")


def made_at(pk: str) -> datetime:
    """Return when an id was made, in UTC, to the millisecond."""
    return datetime.fromtimestamp(int(pk[:_CLOCK_DIGITS], 16) / 1_000, UTC)


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
        self._pool: list[int] = []
        self._state = 0
        self._lock = threading.Lock()

    def next(self) -> str:
        """Return one id: 32 hex digits."""
        return self.several(1)[0]

    def several(self, count: int) -> list[str]:
        """Return ids in ascending order, for the price of little more than one."""
        with self._lock:
            while len(self._pool) < count:
                self._pool += _POOL.unpack(self._entropy(_POOL.size))
            tails, self._pool[-count:] = self._pool[-count:], []
            first = max(self._state + 1, self._now_ms() << _SEQUENCE_BITS)
            self._state = first + count - 1
        return [_format(state, tail) for state, tail in enumerate(tails, first)]


def _format(state: int, tail: int) -> str:
    """Return 48 bits of milliseconds, version, 12 bits of sequence, variant, 62 random bits."""
    head = (state >> _SEQUENCE_BITS) << 16 | _VERSION_7 | state & _SEQUENCE_MASK
    return (head << 64 | tail & _TAIL_MASK | _VARIANT).to_bytes(16, "big").hex()
