"""Messages on a byte stream: each behind its length."""

import struct
from collections.abc import Iterator

_LENGTH = struct.Struct("!I")


def framed(content: bytes) -> bytes:
    """Return the content behind its length, 4 bytes in network order."""
    return _LENGTH.pack(len(content)) + content


class Frames:
    """Puts messages together again from whatever pieces arrive."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take a piece and yield every message that is whole now."""
        self._pending += data
        while len(self._pending) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._pending)[0]
            if len(self._pending) < end:
                return
            yield bytes(self._pending[_LENGTH.size : end])
            del self._pending[:end]
