"""A webhook receiver on the loopback that keeps what it is given and answers as told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Hook:
    """The requests received so far. ``status`` is what is answered, once ``gate`` is open; ``headers`` go with it."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def wait_for(self, count: int, timeout_s: float = 20) -> list[Received]:
        """Wait until so many requests are here."""
        wait_until(lambda: len(self.requests) >= count, f"{count} webhook calls", timeout_s)
        return self.requests


@contextmanager
def running_hook() -> Iterator[Hook]:
    """Run the receiver for as long as the context lasts."""
    hook = Hook()
    hook.gate.set()

    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = hook.status  # as it is now: whoever sees the request may change it
            hook.requests.append(Received(self.path, headers, body))
            hook.gate.wait(30)
            self.send_response(status)
            for name, value in {"Content-Length": "2", **hook.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the caller has gone
                self.wfile.write(b"ok")

    with running_http(Handler) as hook.port:
        try:
            yield hook
        finally:
            hook.gate.set()
