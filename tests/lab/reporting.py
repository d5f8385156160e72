"""The load generator, as a scenario sees it."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.servers.ports import wait_until

CONNECTIONS = 16


@dataclass
class Reporting:
    """Events being reported. What they came to is known when they have ended."""

    process: "subprocess.Popen[str]"
    accepted: dict[str, float] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)

    def count(self) -> int:
        """Return how many events were answered 200 so far."""
        return self._asked()["200"]

    def refused(self) -> int:
        """Return how many events were answered 503 so far."""
        return self._asked()["503"]

    def wait_for(self, count: int, timeout_s: float = 300) -> None:
        """Wait until so many more events are answered 200."""
        enough = self.count() + count
        wait_until(lambda: self.count() >= enough, f"{count} more events are accepted", timeout_s)

    def end(self) -> None:
        """Report no more, and take over what came of it; may be called again."""
        if self.process.poll() is not None:
            return
        said, _ = self.process.communicate()
        told = json.loads(said)
        self.accepted, self.waits = told["accepted"], told["waits"]
        self.statuses = Counter(told["statuses"])

    def _asked(self) -> Counter[str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return Counter(json.loads(self.process.stdout.readline()))


@contextmanager
def reporting(port: int, key: str, letters: str, rate: float) -> Iterator[Reporting]:
    """Report so many events a second for as long as the context lasts; their marks hold the three letters."""
    words = [sys.executable, "-m", "tests.lab.load", str(port), key, letters, str(rate), str(CONNECTIONS)]
    running = Reporting(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    try:
        yield running
        running.end()
    finally:
        running.process.kill()
        running.process.wait(10)
