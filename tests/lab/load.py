"""Reports numbered events at a steady pace, whatever becomes of the service, in a process of its own.

``python -m tests.lab.load <port> <key> <letters> <events/s> <connections>``. The marks of the events begin with ``lab``
and the three letters. A line on standard input asks how many answers of which status there were so far;
at the end of the input the outcome is printed as JSON.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field

import uvloop

ANSWER_WITHIN_S = 30
PAUSE_S = 0.02
"""After an answer that was no 200, or none at all."""
BEHIND_MAX_S = 0.5
"""A pace that was missed by more is not made up for."""


@dataclass
class Pace:
    """When the next event is due, and its number; shared by all connections."""

    rate: float
    _next_at: float = field(default_factory=time.monotonic)
    _number: int = 0

    async def turn(self) -> int:
        """Wait for one's turn and return its number, from 1."""
        now = time.monotonic()
        at = self._next_at = max(self._next_at + 1 / self.rate, now - BEHIND_MAX_S)
        self._number += 1
        number = self._number
        if at > now:
            await asyncio.sleep(at - now)
        return number


@dataclass
class Report:
    """What was answered: when, and how; ``silent`` are the events whose fate is not known here."""

    accepted: dict[str, float] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


class Reporter:
    """One connection, opened again and again."""

    def __init__(self, port: int, key: str, letters: str, pace: Pace, report: Report) -> None:
        self._port = port
        self._key = key
        self._letters = letters
        self._pace = pace
        self._report = report

    async def run(self) -> None:
        """Report until cancelled."""
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(PAUSE_S)
                continue
            try:
                while await self._one(reader, writer):
                    pass
            finally:
                writer.close()
            await asyncio.sleep(PAUSE_S)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Report one event, and return whether the connection is still good."""
        mark = f"lab{self._letters}{await self._pace.turn():07d}"
        begun = time.monotonic()
        try:
            writer.write(self._request(mark))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_length(head))
        except (OSError, EOFError, TimeoutError):
            self._report.silent.append(mark)
            return False
        status = head[9:12].decode()
        self._report.statuses[status] += 1
        if status == "200":
            now = time.monotonic()
            self._report.accepted[mark] = now
            self._report.waits.append(now - begun)
        else:
            await asyncio.sleep(PAUSE_S)
        return b"connection: close" not in head.lower()

    def _request(self, mark: str) -> bytes:
        body = json.dumps({"category": "sale", "description": mark, "fields": {"amount": 49.9}}).encode()
        lines = [
            "POST /api/v1/event HTTP/1.1",
            "Host: lab",
            f"Authorization: Bearer {self._key}",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def main(port: int, key: str, letters: str, rate: float, connections: int) -> None:
    """Report until the input ends; then let those on their way be answered."""
    pace, report = Pace(rate), Report()
    tasks = [asyncio.create_task(Reporter(port, key, letters, pace, report).run()) for _ in range(connections)]
    questions = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin)
    while await questions.readline():
        print(json.dumps(report.statuses), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(vars(report)))


if __name__ == "__main__":
    _port, _key, _letters, _rate, _connections = sys.argv[1:]
    uvloop.run(main(int(_port), _key, _letters, float(_rate), int(_connections)))
