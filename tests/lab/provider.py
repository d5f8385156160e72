"""One provider in a process of its own: ``python -m tests.lab.provider <name> <port>``.

Orders come as lines of JSON on standard input, and each is answered by a line: ``{"tell": <fault>, "address": ""}``,
``{"heal": ""}``, ``{"read": ""}``. It ends with its input.
"""

import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import astuple
from typing import Any, Protocol

import uvloop

from tests.lab.book import Book
from tests.lab.fault import WELL, Fault, Kind, fault_of
from tests.lab.http_provider import HttpLine
from tests.lab.smtp_provider import SmtpLine

SMTP = "smtp"


class Line(Protocol):
    """A provider's side of the network."""

    def connection(self) -> asyncio.Protocol:
        """Return what serves the next connection."""
        ...

    def cut(self, address: str) -> None:
        """Cut off whoever hangs for an address, or all ("")."""
        ...


class Provider:
    """Knows what to do wrong, and with whom; the closest word wins: of an address, else of all."""

    def __init__(self, name: str, port: int) -> None:
        self.book = Book()
        self._faults: dict[str, Fault] = {}
        self._port = port
        self._server: asyncio.Server | None = None
        self._line: Line = SmtpLine(self) if name == SMTP else HttpLine(name, self)

    def fault_for(self, address: str) -> Fault:
        """Return how to deal with an address; "" asks for all that is known before a request is read."""
        return self._faults.get(address) or self._faults.get("", WELL)

    async def obey(self, order: dict[str, Any]) -> object:
        """Do as told, and return what to answer."""
        match order:
            case {"tell": told, "address": address}:
                self._faults[address] = fault_of(told)
                await self._apply([address])
            case {"heal": _}:
                addresses = [*self._faults, ""]
                self._faults.clear()
                await self._apply(addresses)
            case {"read": _}:
                return [astuple(taken) for taken in self.book.read()]
            case _:
                raise ValueError(order)
        return "done"

    async def _apply(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            self._line.cut(address)
        is_shut = self.fault_for("").kind is Kind.SHUT
        if is_shut and self._server is not None:
            self._server.close()
            self._server = None
        elif not is_shut and self._server is None:
            await self.listen()

    async def listen(self) -> None:
        """Open the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._line.connection, "127.0.0.1", self._port, backlog=1024)


async def main(name: str, port: int) -> None:
    """Serve until the input ends."""
    provider = Provider(name, port)
    await provider.listen()
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    print(json.dumps("ready"), flush=True)
    while order := await orders.readline():
        print(json.dumps(await provider.obey(json.loads(order))), flush=True)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
