"""A bare connection to a server: bytes as they are written here, and answers as they come."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.service import Answer


class Raw:
    """One connection. Every wait ends after ``timeout_s`` with TimeoutError."""

    def __init__(self, port: int, timeout_s: float = 15, *, address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout_s, source_address=(address, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = self._body = b""

    def send(self, data: bytes) -> "Raw":
        self.socket.sendall(data)
        return self

    def end(self) -> "Raw":
        """Send no more, and still listen."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def answer(self, *, has_body: bool = True) -> Answer:
        """Read one answer; raises EOFError when the connection ends first."""
        head, _, self._unread = self._read_until(b"\r\n\r\n").partition(b"\r\n\r\n")
        line, *rest = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
        length = int(headers.get("content-length", 0)) if has_body else 0
        while len(self._unread) < length:
            self._more()
        body, self._unread = self._unread[:length], self._unread[length:]
        return Answer(int(line.split()[1]), headers, body)

    def skip(self, data: bytes) -> "Raw":
        """Read up to and with these bytes."""
        self._unread = self._read_until(data).partition(data)[2]
        return self

    def chunk_until(self, end: bytes) -> bytes:
        """Return a body in chunks, without their sizes, up to these bytes; raises EOFError at its last chunk."""
        while end not in self._body:
            while b"\r\n" not in self._unread:
                self._more()
            size, _, rest = self._unread.partition(b"\r\n")
            if int(size, 16) == 0:
                raise EOFError
            while len(rest) < int(size, 16) + 2:
                self._more()
                rest = self._unread.partition(b"\r\n")[2]
            self._body += rest[: int(size, 16)]
            self._unread = rest[int(size, 16) + 2 :]
        piece, _, self._body = self._body.partition(end)
        return piece

    def take(self, count: int) -> None:
        """Read so many bytes, and forget them."""
        while count > 0:
            count -= len(self._unread)
            self._unread = b""
            self._more()

    def until_end(self) -> bytes:
        """Read all that comes until the server ends the connection."""
        while True:
            try:
                self._more()
            except EOFError:
                return self._unread

    def is_ended(self) -> bool:
        """Wait for the server to end the connection, and tell whether nothing came before that."""
        try:
            self._more()
        except EOFError:
            return not self._unread
        return False

    def close(self) -> None:
        self.socket.close()

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._unread:
            self._more()
        return self._unread

    def _more(self) -> None:
        try:
            data = self.socket.recv(65_536)
        except ConnectionError as error:
            raise EOFError from error
        if not data:
            raise EOFError
        self._unread += data


@contextmanager
def connected(port: int, timeout_s: float = 15, *, address: str = "127.0.0.1") -> Iterator[Raw]:
    """Give a connection that is closed at the end; ``address`` is where it comes from, one of this machine's."""
    raw = Raw(port, timeout_s, address=address)
    try:
        yield raw
    finally:
        raw.close()


def request(key: str, body: bytes, *headers: str, method: str = "POST", length: int | None = None) -> bytes:
    """Return the bytes of one request for an event; a ``length`` of -1 announces none."""
    announced = [] if length == -1 else [f"Content-Length: {len(body) if length is None else length}"]
    lines = [f"{method} /api/v1/event HTTP/1.1", "Host: test", f"Authorization: Bearer {key}", *announced, *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body
