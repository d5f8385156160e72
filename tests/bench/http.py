"""Just enough HTTP/1.1 for a load generator and a sink: messages with a Content-Length, on a kept connection."""

import re

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Messages:
    """Cuts what arrives into messages."""

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Take a piece; return head and body of each message that is whole now."""
        self._pending += data
        found = []
        while (split := self._pending.find(b"\r\n\r\n")) >= 0:
            head = self._pending[: split + 2]
            length = _LENGTH.search(head)
            end = split + 4 + (int(length[1]) if length else 0)
            if len(self._pending) < end:
                break
            found.append((head, self._pending[split + 4 : end]))
            self._pending = self._pending[end:]
        return found
