"""The providers' processes, as the laboratory sees them."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from tests.lab.book import Taken
from tests.lab.fault import Fault
from tests.servers.ports import free_port


@dataclass(frozen=True)
class Remote:
    """One provider."""

    name: str
    port: int
    process: "subprocess.Popen[str]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tell(self, fault: Fault, address: str = "") -> None:
        """Have it deal with an address, or with all, in this way from now on; what hangs there is cut off."""
        self._order(tell=fault.told(), address=address)

    def heal(self) -> None:
        """Have it do all well."""
        self._order(heal="")

    def read(self) -> list[Taken]:
        """Return what it has taken since this was asked the last time."""
        return [Taken(*entry) for entry in self._order(read="")]

    def hear(self) -> Any:
        """Wait for its next word."""
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def _order(self, **order: object) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.hear()


@contextmanager
def running_providers(names: Iterable[str]) -> Iterator[Mapping[str, Remote]]:
    """Run one process for each name, for as long as the context lasts."""
    with ExitStack() as ends:
        remotes = {name: _started(name) for name in names}
        for remote in remotes.values():
            ends.callback(_ended, remote.process)
        for remote in remotes.values():
            assert remote.hear() == "ready"
        yield remotes


def _started(name: str) -> Remote:
    port = free_port()
    words = [sys.executable, "-m", "tests.lab.provider", name, str(port)]
    return Remote(name, port, subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))


def _ended(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()
