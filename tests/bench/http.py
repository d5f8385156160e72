"""Just enough HTTP/1.1 for a load generator and a sink: messages with a Content-Length, on a kept connection."""

import re

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_BLANK = b"\r\n\r\n"


class Messages:
    """Cuts what arrives into messages. One that is like the last is not read again: the load pays for that, too."""

    def __init__(self) -> None:
        self._pending = b""
        self._split = self._whole = self._at = -1
        self._length = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Take a piece; return head and body of each message that is whole now."""
        split = self._split
        if not self._pending and len(data) == self._whole and self._is_alike(data, split):
            return [(data[: split + 2], data[split + 4 :])]
        return self._read(data)

    def _is_alike(self, data: bytes, split: int) -> bool:
        at = self._at
        return data[split : split + 4] == _BLANK and data[at : at + len(self._length)] == self._length

    def _read(self, data: bytes) -> list[tuple[bytes, bytes]]:
        self._pending += data
        found = []
        while (split := self._pending.find(_BLANK)) >= 0:
            head = self._pending[: split + 2]
            length = _LENGTH.search(head)
            end = split + 4 + (int(length[1]) if length else 0)
            if len(self._pending) < end:
                break
            if length is not None:
                self._split, self._whole, self._at, self._length = split, end, length.start(), length[0]
            found.append((head, self._pending[split + 4 : end]))
            self._pending = self._pending[end:]
        return found
