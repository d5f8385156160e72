"""A provider that speaks HTTP: reads requests as its dialect does, and answers them as it is told to."""

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, cast

from tests.bench.http import Messages
from tests.lab.book import Book
from tests.lab.dialect import MARK, Answer, Dialect, Post, Request
from tests.lab.fault import TAKES, Fault, Kind

RESETTING = struct.pack("ii", 1, 0)
"""SO_LINGER with no time: closing sends a reset. Source: socket(7)."""
GARBAGE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n\xff\xfe{"ok": tru'
"""Cut off in its middle, too: the connection ends here."""
BYTE_S = 0.01
"""Between the bytes of an answer that trickles."""
BROKEN = (500, 502, 503, 504)
PAGE = b"<html><body><h1>It is not you, it is us</h1></body></html>"


class Orders(Protocol):
    """What is to be done wrong, and where to note what was taken."""

    book: Book

    def fault_for(self, address: str) -> Fault:
        """Return how to deal with an address, or with all ("")."""
        ...


class HttpLine:
    """All connections of one provider."""

    def __init__(self, name: str, orders: Orders) -> None:
        self.dialect = cast("Dialect", import_module(f"tests.lab.dialects.{name}"))
        self.orders = orders
        self.hanging: dict[Connection, str] = {}
        self._broken = 0

    def connection(self) -> asyncio.Protocol:
        return Connection(self)

    def cut(self, address: str) -> None:
        for connection, hung in list(self.hanging.items()):
            if address in ("", hung):
                connection.reset()

    def broken(self) -> Answer:
        """Return the next of the answers that mean nothing but a failure."""
        self._broken += 1
        return Answer(BROKEN[self._broken % len(BROKEN)], PAGE, {"Content-Type": "text/html"})


class Connection(asyncio.Protocol):
    """One connection; requests come one by one."""

    def __init__(self, line: HttpLine) -> None:
        self._line = line
        self._messages = Messages()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, of the same shape
        if self._line.orders.fault_for("").kind is Kind.RESET_EARLY:
            self.reset()

    def connection_lost(self, _error: Exception | None) -> None:
        self._line.hanging.pop(self, None)

    def data_received(self, data: bytes) -> None:
        for head, body in self._messages.feed(data):
            self._serve(_request(head, body))

    def reset(self) -> None:
        """End the connection as a machine does that has lost it."""
        self._line.hanging.pop(self, None)
        raw = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESETTING)
        self._transport.abort()

    def _serve(self, request: Request) -> None:
        wanted = self._line.dialect.read(request)
        if isinstance(wanted, Answer):
            self._after(wanted.after_s, lambda: self._say(wanted))
            return
        fault = self._line.orders.fault_for(wanted.address)
        if fault.kind is Kind.HANG:
            self._line.hanging[self] = wanted.address
            return
        # What is slow goes on at the provider even when the sender has gone.
        self._after(fault.seconds if fault.kind is Kind.WELL else 0, lambda: self._deal(wanted, request, fault))

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        if seconds:
            asyncio.get_running_loop().call_later(seconds, act)
        else:
            act()

    def _deal(self, post: Post, request: Request, fault: Fault) -> None:
        number = 0
        if fault.kind in TAKES:
            mark = MARK.search(request.body)
            known = mark[0].decode() if mark else ""
            number = self._line.orders.book.take(known, post.address, post.identity, is_once=post.is_once)
        self._speak(fault, number)

    def _speak(self, fault: Fault, number: int) -> None:
        dialect = self._line.dialect
        match fault.kind:
            case Kind.WELL:
                self._say(dialect.taken(number))
            case Kind.TRICKLE:
                self._trickle(_written(dialect.taken(number)))
            case Kind.LIMIT:
                self._say(dialect.limited(fault.seconds))
            case Kind.LIMIT_BARE:
                self._say(dialect.limited(None))
            case Kind.BROKEN:
                self._say(self._line.broken())
            case Kind.REFUSAL:
                self._say(dialect.REFUSALS[fault.name])
            case Kind.GARBAGE:
                self._transport.write(GARBAGE)
                self._transport.close()
            case _:
                self.reset()

    def _trickle(self, rest: bytes) -> None:
        if rest and not self._transport.is_closing():
            self._transport.write(rest[:1])
            self._after(BYTE_S, lambda: self._trickle(rest[1:]))

    def _say(self, answer: Answer) -> None:
        if not self._transport.is_closing():
            self._transport.write(_written(answer))


def _request(head: bytes, body: bytes) -> Request:
    line, *rest = head.decode("latin-1").split("\r\n")
    pairs = (one.partition(":") for one in rest if one)
    return Request(line.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs}, body)


def _written(answer: Answer) -> bytes:
    headers: Mapping[str, str] = {**answer.headers, "Content-Length": str(len(answer.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} Status\r\n{lines}\r\n".encode() + answer.body
