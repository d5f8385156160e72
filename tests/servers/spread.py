"""An installation on PostgreSQL and NATS: any number of servers and workers, each a process of its own."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.ports import wait_until
from tests.servers.process import Launch
from tests.servers.service import Service, Workspace


@dataclass
class Spread:
    """Makes processes that share a secret, a database and a broker; ends them with its context."""

    folder: Path
    settings: dict[str, str]
    launch: Launch
    processes: list[Service] = field(default_factory=list)

    def migrated(self) -> "subprocess.CompletedProcess[str]":
        """Bring the database up to date."""
        return Service(self.folder, self.settings, launch=self.launch).run("migrate")

    def server(self, **settings: str) -> Service:
        """Start a process that accepts, and does not deliver."""
        return self._made(settings).start("--no-worker")

    def worker(self, **settings: str) -> Service:
        """Start a process that delivers."""
        return self._made(settings).work()

    def refusal(self, *command: str, **settings: str) -> str:
        """Run a command that cannot start, and return what it says."""
        done = Service(self.folder, {**self.settings, **settings}, launch=self.launch).run(*command)
        assert done.returncode == 2, done.stderr
        return done.stderr

    def examined(self, **settings: str) -> list[dict[str, str]]:
        """Return what the doctor finds."""
        done = Service(self.folder, {**self.settings, **settings}, launch=self.launch).run("doctor", "--json")
        found: list[dict[str, str]] = json.loads(done.stdout)["findings"]
        return found

    def opened(self, server: Service, url: str, addresses: int = 1) -> Workspace:
        """Make a workspace whose category ``sale`` goes to so many webhooks."""
        workspace = server.workspace()
        server.category(workspace)
        for number in range(addresses):
            server.destination(workspace, "webhook", f"url={url}/{number}")
        return workspace

    def states(self) -> Counter[str]:
        """Return how many deliveries are in which state."""
        return Counter(row[0] for row in self.processes[0].rows("SELECT state FROM store_delivery"))

    def wait_until_settled(self, count: int, timeout_s: float = 30) -> None:
        """Wait until so many deliveries are delivered, and none is anything else."""
        wait_until(lambda: self.states() == {"DELIVERED": count}, f"{count} deliveries are delivered", timeout_s, 0.1)

    def _made(self, settings: Mapping[str, str]) -> Service:
        folder = self.folder / f"p{len(self.processes)}"
        folder.mkdir()
        service = Service(folder, {**self.settings, **settings}, launch=self.launch)
        self.processes.append(service)
        return service


@contextmanager
def running_spread(folder: Path, settings: dict[str, str], launch: Launch) -> Iterator[Spread]:
    """Give what starts processes; those that run still are ended, and no log of theirs may hold a secret."""
    spread = Spread(folder, settings, launch)
    try:
        yield spread
    finally:
        for service in spread.processes:
            if service.process is not None and service.process.poll() is None:
                service.process.kill()
                service.process.wait(10)
    for service in spread.processes:
        assert not service.leaked(), "the log holds a secret"
