"""Many connections with one request each, in a process of its own: says how far it is, and sends when it is told to."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import cast

import uvloop

from tests.bench.load import requests

AT_ONCE = 200
"""Connections opened at one time: fewer than wait to be taken in by any server."""
NETWORKS = 10
"""Loopback networks that they come from: a server lets no single one have all of its connections."""
ANSWERED_WITHIN_S = 60


class Guest(asyncio.Protocol):
    """One connection; hears one answer."""

    def __init__(self, statuses: Counter[str], is_over: asyncio.Event, total: int) -> None:
        self._statuses = statuses
        self._is_over = is_over
        self._total = total

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 "):
            self._count(data[9:12].decode())

    def connection_lost(self, error: Exception | None) -> None:
        if not self._is_over.is_set():
            self._count("lost")

    def _count(self, status: str) -> None:
        self._statuses[status] += 1
        if self._statuses.total() >= self._total:
            self._is_over.set()


async def gather(port: int, key: str, total: int) -> None:
    """Connect; send at the word; wait for the answers."""
    loop = asyncio.get_running_loop()
    statuses, is_over = Counter[str](), asyncio.Event()

    def guest() -> Guest:
        return Guest(statuses, is_over, total)

    async def arrival(number: int) -> Guest:
        home = f"127.0.{number % NETWORKS}.1"
        return (await loop.create_connection(guest, "127.0.0.1", port, local_addr=(home, 0)))[1]

    guests: list[Guest] = []
    while len(guests) < total:
        numbers = range(len(guests), min(total, len(guests) + AT_ONCE))
        guests.extend(await asyncio.gather(*map(arrival, numbers)))
    print("connected" if not statuses else dict(statuses), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    request = requests("/api/v1/event", [key], 1)()
    for one in guests:
        one.transport.write(request)
    print("sent", flush=True)
    await asyncio.wait_for(is_over.wait(), ANSWERED_WITHIN_S)
    print("answered" if set(statuses) == {"200"} else dict(statuses), flush=True)


if __name__ == "__main__":
    uvloop.run(gather(int(sys.argv[1]), Path(sys.argv[2]).read_text().strip(), int(sys.argv[3])))
