"""An ntfy and a Gotify on the loopback, each as strict as the real one."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until

NTFY_TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
GOTIFY_TOKEN = "AbCdEfGhIjKlMnO"

Answered = tuple[int, dict[str, Any]]


@dataclass
class Pushes:
    """What was pushed so far."""

    port: int = 0
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, count: int) -> dict[str, Any]:
        """Wait until so many messages were pushed, and return the last of them."""
        wait_until(lambda: len(self.messages) >= count, f"{count} messages are pushed")
        return self.messages[count - 1]

    def publish(self, path: str, headers: dict[str, str], body: bytes) -> Answered:
        """Answer as ntfy does."""
        said = json.loads(body)
        if path != "/":
            return 404, {"code": 40401, "http": 404, "error": "page not found"}
        if headers.get("authorization", f"Bearer {NTFY_TOKEN}") != f"Bearer {NTFY_TOKEN}":
            return 401, {"code": 40101, "http": 401, "error": "unauthorized"}
        if not re.fullmatch("[-_A-Za-z0-9]{1,64}", said["topic"]):
            return 400, {"code": 40009, "http": 400, "error": "invalid request: topic invalid"}
        if len(body) > 8192:
            return 413, {"code": 41303, "http": 413, "error": "JSON body too large"}
        self.messages.append(said)
        return 200, {"id": f"m{len(self.messages)}", "event": "message", "topic": said["topic"], "time": 1}

    def create(self, path: str, headers: dict[str, str], body: bytes) -> Answered:
        """Answer as Gotify does."""
        if headers.get("x-gotify-key") != GOTIFY_TOKEN:
            description = "you need to provide a valid access token or user credentials to access this api"
            return 401, {"error": "Unauthorized", "errorCode": 401, "errorDescription": description}
        said = json.loads(body)
        if path != "/message" or not said.get("message"):
            return 400, {"error": "Bad Request", "errorCode": 400, "errorDescription": "Field 'message' is required"}
        self.messages.append(said)
        return 200, {**said, "id": len(self.messages), "appid": 1, "date": "2026-11-23T05:27:00Z"}


@contextmanager
def running_ntfy() -> Iterator[Pushes]:
    """Run an ntfy for as long as the context lasts."""
    pushes = Pushes()
    with _running(pushes, pushes.publish):
        yield pushes


@contextmanager
def running_gotify() -> Iterator[Pushes]:
    """Run a Gotify for as long as the context lasts."""
    pushes = Pushes()
    with _running(pushes, pushes.create):
        yield pushes


@contextmanager
def _running(pushes: Pushes, answer: Callable[[str, dict[str, str], bytes], Answered]) -> Iterator[None]:
    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, said = answer(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # the caller has gone
                self.wfile.write(content)

    with running_http(Handler) as pushes.port:
        yield
