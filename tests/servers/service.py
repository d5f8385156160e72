"""PingPilot itself: the real command in a process of its own, in a folder of its own."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.planted import shown_in
from tests.servers.ports import free_port, wait_until
from tests.servers.process import PATIENCE_S, Launch, Process, Streams, launch_alone, run_to_end


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Workspace:
    """A workspace made by the command line."""

    id: int
    key: str
    email: str


@dataclass
class Service:
    """One installation. ``start`` and ``kill`` may be called again and again on the same folder."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: Process | None = None
    secrets: set[str] = field(default_factory=set)
    """What the log may never hold: of everything made here, and what a test adds."""
    starts_within_s: float = PATIENCE_S
    launch: Launch = launch_alone
    prepare: Launch | None = None
    """What launches commands that are not themselves what a test is about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "PINGPILOT_DATA_DIR": str(self.folder / "data"),
            "PINGPILOT_PORT": str(self.port),
            "PINGPILOT_ALLOW_PRIVATE_DESTINATIONS": "true",
            "PINGPILOT_LOG_FORMAT": "json",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PINGPILOT_")}
        return {**kept, **own, **self.settings}

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def leaked(self) -> set[str]:
        """Return the secrets that the log holds, if any."""
        path = self.folder / "log"
        log = path.read_text() if path.exists() else ""
        return shown_in(log, self.secrets)

    def start(self, *arguments: str) -> "Service":
        """Start the server and wait until it is ready."""
        with (self.folder / "log").open("ab") as log, Path(os.devnull).open("rb") as nothing:
            streams = Streams(nothing.fileno(), log.fileno(), log.fileno())
            self.process = self.launch(["serve", *arguments], self.environment, self.folder, streams)
        try:
            wait_until(self.is_ready, "the service is ready", self.starts_within_s)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}; its log ends: {self.log[-2000:]}") from error
        return self

    def work(self) -> "Service":
        """Start a worker and wait until it says that it delivers."""
        with (self.folder / "log").open("ab") as log, Path(os.devnull).open("rb") as nothing:
            streams = Streams(nothing.fileno(), log.fileno(), log.fileno())
            self.process = self.launch(["worker"], self.environment, self.folder, streams)
        wait_until(self._delivers, "the worker delivers", self.starts_within_s)
        return self

    def _delivers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the worker ended: {self.log[-2000:]}"
        return "PingPilot delivers" in self.log

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"the service ended: {self.log[-2000:]}"
        try:
            return self.request("GET", "/readyz").status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """Pull the plug."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self, timeout_s: float = 30) -> int:
        """Ask it to stop, and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command of the command line beside the server."""
        return run_to_end(self.launch, list(arguments), self.environment, self.folder, stdin)

    def json(self, *arguments: str, stdin: str = "") -> Any:
        """Run a command with ``--json`` and return what it printed."""
        words = [*arguments, "--json"]
        done = run_to_end(self.prepare or self.launch, words, self.environment, self.folder, stdin)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def workspace(self, email: str = "owner@example.com", plan: str = "unlimited", password: str = "") -> Workspace:
        extra = ["--password-stdin"] if password else []
        made = self.json("workspaces", "create", email, "--plan", plan, *extra, stdin=password)
        self.secrets |= {made["apiKey"], email, *([password] if password else [])}
        return Workspace(int(made["workspaceId"]), made["apiKey"], email)

    def category(self, workspace: Workspace, name: str = "sale") -> None:
        self.json("categories", "create", name, "--color", "#FF6B6B", "--workspace", str(workspace.id))

    def destination(self, workspace: Workspace, kind: str, *settings: str) -> Any:
        arguments = [kind, *settings, "--verified", "--workspace", str(workspace.id)]
        return self.json("destinations", "add", *arguments)

    def rows(self, statement: str, *values: object) -> list[Any]:
        """Run one statement straight on the database, beside the server; ``?`` stands for a value."""
        url = self.settings.get("PINGPILOT_DATABASE_URL")
        if url:
            with psycopg.connect(url, autocommit=True) as connection:
                cursor = connection.execute(statement.replace("?", "%s"), values)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.folder / "data" / "pingpilot.db", timeout=20)) as file, file:
            return file.execute(statement, values).fetchall()

    def post(self, key: str | None, body: object, **headers: str) -> Answer:
        """Send an event."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        authorization = {"Authorization": f"Bearer {key}"} if key is not None else {}
        return self.request("POST", "/api/v1/event", content, {**authorization, **headers})

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, *, address: str = ""
    ) -> Answer:
        """Send one request; ``address`` is where it comes from, one of this machine's."""
        source = (address, 0) if address else None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=source)
        try:
            connection.request(method, path, body or None, headers or {})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()


class Install(Protocol):
    """Makes an installation in this folder for as long as the context lasts."""

    def __call__(
        self, folder: Path, settings: Mapping[str, str] | None = None, /
    ) -> AbstractContextManager[Service]: ...
