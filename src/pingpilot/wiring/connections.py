"""All connections of a server: how many there may be, and one clock that ends those that have had their time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Protocol

from pingpilot.security.network import network_of

SERVER_DATABASE_CONNECTIONS, WORKER_DATABASE_CONNECTIONS = 32, 6
"""The most that `pingpilot serve` and `pingpilot worker` open to the database; docs/scaling.md counts them."""
_STATUS_LINES = {one.value: b"HTTP/1.1 %d %s" % (one.value, one.phrase.encode()) for one in HTTPStatus}
_network = lru_cache(maxsize=4_096)(network_of)


@dataclass(frozen=True, slots=True)
class Limits:
    """What clients may do. Every time ends up to one tick early, and never late while the event loop is not.

    ``head_s``: from the first byte of a request to the end of its head. ``request_s``: to the end of its body.
    ``idle_s``: without a request. ``idle_of_proxies_s``: longer than proxies themselves keep them idle, since one
    that ends under a request is an error to their client. ``unread_s``: for a client to take what was written and waits
    for it, 64 KiB or so. ``linger_s``: for a refused client to read why.
    """

    connections: int = 10_000
    head_bytes: int = 16 * 1024
    target_bytes: int = 8 * 1024
    headers: int = 100
    ahead: int = 64
    tick_s: float = 1
    head_s: float = 10
    request_s: float = 30
    idle_s: float = 30
    idle_of_proxies_s: float = 150
    unread_s: float = 30
    linger_s: float = 5

    @property
    def connections_of_one(self) -> int:
        """How many connections one client network may have, so that it never has all of them."""
        return max(1, self.connections // 2)

    @property
    def connections_refused(self) -> int:
        """How many connections beyond the limit are told why they are refused; further ones are dropped."""
        return 16 + self.connections // 20


class Connection(Protocol):
    """What is known of a connection here."""

    def look(self) -> None:
        """See whether the client has had its time."""
        ...


class Connections:
    """Every connection of one server. ``tick`` counts the looks at the clock. Lives on one event loop.

    One timer serves all: a timer for each request would cost more than the reading of most.
    """

    def __init__(
        self,
        limits: Limits,
        is_proxy: Callable[[str], bool] = lambda _: False,
        answers: Counter[int] | None = None,
    ) -> None:
        """Begin without a connection. ``is_proxy`` tells whose many connections are those of many clients.

        ``answers`` counts what is answered by status.
        """
        self._answers = Counter[int]() if answers is None else answers
        self.limits = limits
        self._is_proxy = is_proxy
        self.tick = 0
        self._open: dict[Connection, str] = {}
        self._of: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None
        self._said: Sequence[tuple[bytes, bytes]] = ()
        self._openings: dict[int, bytes] = {}

    def __len__(self) -> int:
        """Return how many there are, the refused ones included."""
        return len(self._open)

    def enter(self, connection: Connection, address: str) -> bool:
        """Take a connection in; tell whether it is to be served, or refused."""
        network = "" if self._is_proxy(address) else _network(address)
        is_full = len(self._open) >= self.limits.connections
        is_greedy = network != "" and self._of[network] >= self.limits.connections_of_one
        self._open[connection] = network
        self._of[network] += 1
        if self._timer is None:
            self._set_timer()
        return not (is_full or is_greedy)

    def idle_s(self, address: str) -> float:
        """Return how long a connection from an address may be without a request."""
        return self.limits.idle_of_proxies_s if self._is_proxy(address) else self.limits.idle_s

    @property
    def is_crowded(self) -> bool:
        """Whether there is no room even for those that are refused."""
        return len(self._open) >= self.limits.connections + self.limits.connections_refused

    def leave(self, connection: Connection) -> None:
        """Let a connection go."""
        network = self._open.pop(connection, None)
        if network is None:
            return
        self._of[network] -= 1
        if not self._of[network]:
            del self._of[network]

    def since(self, tick: int) -> float:
        """Return the seconds since a tick, rounded up."""
        return (self.tick - tick) * self.limits.tick_s

    def opening(self, status: int, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Return how each answer of a status begins. ``headers`` stand in all answers; the server renews their list."""
        self._answers[status] += 1
        if headers is not self._said:
            self._said = headers
            self._openings.clear()
        opening = self._openings.get(status)
        if opening is None:
            lines = [
                _STATUS_LINES.get(status, b"HTTP/1.1 %d " % status),
                *(name + b": " + value for name, value in headers),
                b"",
            ]
            opening = self._openings[status] = b"\r\n".join(lines)
        return opening

    def pass_time(self) -> None:
        """Let one tick pass, and see for each connection whether it has had its time."""
        self.tick += 1
        for connection in list(self._open):
            connection.look()

    def _set_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.limits.tick_s, self._ring)

    def _ring(self) -> None:
        self.pass_time()
        self._timer = None
        if self._open:
            self._set_timer()
