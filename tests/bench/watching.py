"""Many open pages, in a process of its own: says when each heard of which event, without drawing any.

``python -m tests.bench.watching PORT WORKSPACE COUNT``, with the keys of sessions on standard input, and a last line
once it is to end. An event's description is ``at:`` and the second it was sent at; the newest stands first in a page.
"""

import asyncio
import json
import sys
import time
from itertools import cycle
from typing import cast

import uvloop

AT_ONCE = 50
NETWORKS = 10
PART = "%2Fdashboard%2Fevents%2Flive"
END = b"\n\n\r\n"
DIGITS = 16


class Page(asyncio.Protocol):
    """One stream: hears parts, and notes when it had the whole of one and which event was its newest."""

    def __init__(self, request: bytes, has_opened: "asyncio.Future[None]") -> None:
        self.heard: list[tuple[float, float]] = []
        self.bytes = 0
        self._request = request
        self._has_opened = has_opened
        self._newest = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        self.bytes += len(data)
        if b"event: hello" in data and not self._has_opened.done():
            assert data.startswith(b"HTTP/1.1 200"), data[:200]
            self._has_opened.set_result(None)
        if not self._newest and (found := data.find(b"at:")) >= 0:
            self._newest = float(data[found + 3 : found + 3 + DIGITS])
        if self._newest and data.endswith(END):
            self.heard.append((time.monotonic(), self._newest))
            self._newest = 0.0

    def connection_lost(self, error: Exception | None) -> None:
        if not self._has_opened.done():
            self._has_opened.set_exception(error or EOFError())


async def watch(port: int, workspace: int, count: int, sessions: list[str]) -> list[Page]:
    """Open the pages, and wait for the word to end."""
    loop = asyncio.get_running_loop()
    keys, pages = cycle(sessions), list[Page]()

    async def arrive(number: int) -> None:
        head = f"GET /dashboard/stream?workspace={workspace}&part={PART} HTTP/1.1\r\nHost: localhost\r\n"
        has_opened = loop.create_future()
        page = Page(f"{head}Cookie: pingpilot_session={next(keys)}\r\n\r\n".encode(), has_opened)
        home = f"127.0.{number % NETWORKS}.1"
        await loop.create_connection(lambda: page, "127.0.0.1", port, local_addr=(home, 0))
        await has_opened
        pages.append(page)

    for start in range(0, count, AT_ONCE):
        await asyncio.gather(*map(arrive, range(start, min(count, start + AT_ONCE))))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    return pages


if __name__ == "__main__":
    viewers = int(sys.argv[3])
    found = uvloop.run(watch(int(sys.argv[1]), int(sys.argv[2]), viewers, sys.stdin.readline().split()))
    print(json.dumps({"heard": [page.heard for page in found], "bytes": sum(page.bytes for page in found)}))
