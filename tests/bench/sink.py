"""A webhook receiver in a process of its own: answers 200, and remembers which event came when.

``GET`` gives pairs of event id and seconds on the machine's monotonic clock, as JSON, and forgets them.
"""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

from tests.bench.http import Messages

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_MARK = b'"eventId":"'
_arrived: list[tuple[str, float]] = []


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape
        self._messages = Messages()

    def data_received(self, data: bytes) -> None:
        for head, body in self._messages.feed(data):
            if head.startswith(b"GET"):
                self._transport.write(_told())
                continue
            start = body.find(_MARK) + len(_MARK)
            _arrived.append((body[start : body.find(b'"', start)].decode(), time.monotonic()))
            self._transport.write(_OK)


def _told() -> bytes:
    content = json.dumps(_arrived).encode()
    _arrived.clear()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
