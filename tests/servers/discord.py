"""Discord's API on the loopback: DMs are opened, messages kept, and repeats known by their nonce."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"
FIRST_ID = 900_000_000_000_000_000


@dataclass
class Discord:
    """What the bot did so far. ``closed`` people take no DMs; links to this machine are refused in embeds."""

    port: int = 0
    opened: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    def wait_for(self, count: int) -> dict[str, Any]:
        """Wait until so many messages were sent, and return the last of them."""
        wait_until(lambda: len(self.sent) >= count, f"the bot has sent {count} messages")
        return self.sent[count - 1]

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if path == "/users/@me/channels":
            self.opened.append(body["recipient_id"])
            return 200, {"id": str(FIRST_ID + int(body["recipient_id"]) % 1000), "type": 1}
        channel = path.removeprefix("/channels/").removesuffix("/messages")
        if any(int(user) % 1000 == int(channel) - FIRST_ID for user in self.closed):
            return 403, {"code": 50007, "message": "Cannot send messages to this user"}
        if "127.0.0.1" in body["embeds"][0].get("url", ""):
            return 400, {"code": 50035, "errors": {"embeds": {"0": {"url": {"_errors": []}}}}}
        known = next((one for one in self.sent if one["nonce"] == body["nonce"]), None)
        if known is None:
            self.sent.append({**body, "channel": channel, "id": str(FIRST_ID + 5000 + len(self.sent))})
        return 200, {"id": (known or self.sent[-1])["id"]}


@contextmanager
def running_discord() -> Iterator[Discord]:
    """Run the server for as long as the context lasts."""
    discord = Discord()

    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            is_ours = self.headers.get("Authorization") == f"Bot {TOKEN}"
            path = self.path.removeprefix("/api/v10")
            status, answer = (
                discord.answer(path, body) if is_ours else (401, {"message": "401: Unauthorized", "code": 0})
            )
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # the caller has gone
                self.wfile.write(content)

    with running_http(Handler) as discord.port:
        yield discord
