"""A server that answers as it is told to, for what a client must take and the real one would not say when asked."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCEPTED = b'{"message": "Event processed successfully", "eventId": "e1"}'


@dataclass(frozen=True)
class Seen:
    """One call; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    port: int
    """Which connection it came by."""


class Door(ThreadingHTTPServer):
    """``before``: what is answered first, in order; then ``status`` and ``answer``."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Answering)
        self.status, self.answer = 200, ACCEPTED
        self.before: list[tuple[int, dict[str, str]]] = []
        self.seen: list[Seen] = []
        self._lines: list[socket.socket] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: socket.socket, client_address: Any) -> None:  # type: ignore[override]  # a stream
        self._lines.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """Close every connection, as a server does with those that are idle."""
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._lines.clear()


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0))).decode()
        self.server.seen.append(Seen(self.command, self.path, headers, body, self.client_address[1]))
        status, extra = self.server.before.pop(0) if self.server.before else (self.server.status, {})
        self.send_response(status)
        for name, value in {"Content-Length": str(len(self.server.answer)), **extra}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.answer)

    do_GET = do_POST  # noqa: N815 - the name that the library looks for

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running_door(port: int = 0) -> Iterator[Door]:
    """Run it for as long as the context lasts."""
    with Door(port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
