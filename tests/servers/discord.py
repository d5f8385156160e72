"""Discord's API on the loopback: DMs are opened, messages kept, repeats known by their nonce, and people sign in."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTA.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"
CLIENT_ID, CLIENT_SECRET = "123456789012345678", "a-secret-of-the-application-0123"
FIRST_ID = 900_000_000_000_000_000


@dataclass
class Discord:
    """What the bot did so far. ``closed`` people take no DMs; links to this machine are refused in embeds."""

    port: int = 0
    opened: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    person: dict[str, Any] = field(default_factory=dict)
    """Who signs in, and agrees to everything."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """What each sign-in asked for; its number is the code that comes back, and the token."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    def wait_for(self, count: int) -> dict[str, Any]:
        """Wait until so many messages were sent, and return the last of them."""
        wait_until(lambda: len(self.sent) >= count, f"the bot has sent {count} messages")
        return self.sent[count - 1]

    def agree(self, query: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        self.asked.append(query)
        return f"{query['redirect_uri']}?{urlencode({'code': f'code-{len(self.asked)}', 'state': query['state']})}"

    def token(self, login: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Trade a code once, and only with the application that it was made for."""
        if login != f"Basic {base64.b64encode(f'{CLIENT_ID}:{CLIENT_SECRET}'.encode()).decode()}":
            return 401, {"error": "invalid_client"}
        asked = self.asked[-1] if self.asked else {}
        if form.get("code") != f"code-{len(self.asked)}" or form.get("redirect_uri") != asked.pop("redirect_uri", None):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": f"token-of-{form['code']}", "token_type": "Bearer", "scope": asked["scope"]}

    def whoami(self, login: str) -> tuple[int, dict[str, Any]]:
        is_known = login == f"Bearer token-of-code-{len(self.asked)}"
        return (200, self.person) if is_known else (401, {"message": "401: Unauthorized", "code": 0})

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
        def do_GET(self) -> None:  # noqa: N802 - http.server's name
            url = urlsplit(self.path)
            if url.path == "/oauth2/authorize":
                self._send(302, {}, discord.agree(dict(parse_qsl(url.query))))
            else:
                self._send(*discord.whoami(self.headers.get("Authorization", "")))

        def do_POST(self) -> None:  # noqa: N802 - as above
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            login, path = self.headers.get("Authorization", ""), self.path.removeprefix("/api/v10")
            if path == "/oauth2/token":
                self._send(*discord.token(login, dict(parse_qsl(raw.decode()))))
            elif login == f"Bot {TOKEN}":
                self._send(*discord.answer(path, json.loads(raw or b"{}")))
            else:
                self._send(401, {"message": "401: Unauthorized", "code": 0})

        def _send(self, status: int, answer: dict[str, Any], location: str = "") -> None:
            content = json.dumps(answer).encode()
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # the caller has gone
                self.wfile.write(content)

    with running_http(Handler) as discord.port:
        yield discord
