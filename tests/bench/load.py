"""The load generator, in a process of its own: prints what it saw as JSON.

Without a rate each connection sends its next request when the last is answered; with one, requests are sent at that
pace, each on a connection that is free. Each request carries one of the keys, drawn at random.
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

from tests.bench.http import Messages

BODY = (
    b'{"category":"sale","description":"A sale happened",'
    b'"fields":{"amount":49.90,"customer":"jane@example.com","plan":"pro"}}'
)
_MARK = b'"eventId":"'
_RESULT = b'"status":200,'
"""Stands once for each event of a batch that was accepted."""

NextRequest = Callable[[], bytes]


@dataclass
class Seen:
    """What the connections saw: seconds for each answer, statuses, and when which event was answered.

    The events of a batch count one by one, each with a status of its own.
    """

    waits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    accepted: list[tuple[str, float]] = field(default_factory=list)

    def note(self, head: bytes, body: bytes) -> None:
        status = head[9:12].decode()
        if status == "207":
            good, of_all = body.count(_RESULT), body.count(b'"status":')
            self.statuses.update({"200": good} if good == of_all else {"200": good, "refused": of_all - good})
        else:
            self.statuses[status] += 1


class Client(asyncio.Protocol):
    """One connection; says when it is free again, and gives up when it ends before an answer."""

    def __init__(
        self,
        take: NextRequest,
        seen: Seen,
        is_free: Callable[["Client"], None],
        give_up: Callable[[], None],
        *,
        keeps_ids: bool,
    ) -> None:
        self._take = take
        self._seen = seen
        self._is_free = is_free
        self._give_up = give_up
        self._is_waiting = False
        self._keeps_ids = keeps_ids
        self._messages = Messages()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape

    def send(self) -> None:
        request = self._take()
        self._is_waiting = True
        self._sent_at = time.monotonic()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        for head, body in self._messages.feed(data):
            now = time.monotonic()
            self._is_waiting = False
            self._seen.waits.append(now - self._sent_at)
            self._seen.note(head, body)
            if self._keeps_ids and head[9:12] == b"200":
                start = body.find(_MARK) + len(_MARK)
                self._seen.accepted.append((body[start : body.find(b'"', start)].decode(), now))
            self._is_free(self)

    def connection_lost(self, error: Exception | None) -> None:
        if self._is_waiting:
            self._seen.statuses["lost"] += 1
            self._give_up()


async def closed_loop(port: int, take: NextRequest, connections: int, seconds: float) -> tuple[Seen, float]:
    """Keep every connection busy."""
    seen, end, busy, is_over = Seen(), 0.0, connections, asyncio.Event()

    def go_on(client: Client) -> None:
        nonlocal busy
        if time.monotonic() < end:
            client.send()
            return
        busy -= 1
        if not busy:
            is_over.set()

    clients = await _connect(port, connections, lambda: Client(take, seen, go_on, is_over.set, keeps_ids=False))
    begun = time.monotonic()
    end = begun + seconds
    for client in clients:
        client.send()
    await asyncio.wait_for(is_over.wait(), seconds + 10)
    return seen, time.monotonic() - begun


async def at_rate(port: int, take: NextRequest, connections: int, seconds: float, rate: float) -> tuple[Seen, float]:
    """Send at a steady pace; a request that finds no free connection waits for one."""
    seen, free, owed, total, is_over = Seen(), deque[Client](), 0, int(rate * seconds), asyncio.Event()

    def is_free(client: Client) -> None:
        nonlocal owed
        if owed:
            owed -= 1
            client.send()
        else:
            free.append(client)
        if len(seen.waits) == total:
            is_over.set()

    clients = await _connect(port, connections, lambda: Client(take, seen, is_free, is_over.set, keeps_ids=True))
    free.extend(clients)
    begun = time.monotonic()
    for number in range(total):
        if (ahead := begun + number / rate - time.monotonic()) > 0:
            await asyncio.sleep(ahead)
        if free:
            free.popleft().send()
        else:
            owed += 1
    await asyncio.wait_for(is_over.wait(), 10)
    return seen, time.monotonic() - begun


async def _connect(port: int, connections: int, make: Callable[[], Client]) -> Sequence[Client]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(make, "127.0.0.1", port))[1] for _ in range(connections)]


def requests(path: str, keys: Sequence[str], events: int) -> NextRequest:
    """Return what gives the next request to be sent."""
    body = BODY if events == 1 else b"[" + b",".join([BODY] * events) + b"]"
    tail = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    heads = [f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n".encode() for key in keys]
    if len(heads) == 1:
        request = heads[0] + tail
        return lambda: request
    return lambda: random.choice(heads) + tail


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("keys", type=Path)
    parser.add_argument("path")
    parser.add_argument("connections", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--events", type=int, default=1)
    said = parser.parse_args()
    take = requests(said.path, said.keys.read_text().split(), said.events)
    if said.rate:
        work = at_rate(said.port, take, said.connections, said.seconds, said.rate)
    else:
        work = closed_loop(said.port, take, said.connections, said.seconds)
    seen, seconds = uvloop.run(work)
    waits = sorted(seen.waits) or [0.0]
    result = {
        "answers": len(seen.waits),
        "seconds": seconds,
        "statuses": seen.statuses,
        "p50_ms": waits[len(waits) // 2] * 1000,
        "p99_ms": waits[len(waits) * 99 // 100] * 1000,
        "accepted": seen.accepted,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
