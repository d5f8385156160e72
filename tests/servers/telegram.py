"""A Telegram Bot API on the loopback: people can write to the bot, and what the bot says is kept."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until

TOKEN = "123456:AAtokenofatest"
NAME = "pingpilot_test_bot"


@dataclass
class Telegram:
    """The messages the bot has sent so far. ``blocked`` chats answer as Telegram does for a bot that was blocked.

    ``hook`` is what the bot asked to be called with; while there is one, it may not poll.
    """

    port: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    done: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What the bot did about buttons that were pressed: method and body."""
    updates: list[dict[str, Any]] = field(default_factory=list)
    hook: dict[str, Any] | None = None
    blocked: set[str] = field(default_factory=set)
    polling: int = 0
    polling_most: int = 0
    """Polls at a time: now, and at most so far. The real one refuses a second."""
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, chat: int, text: str) -> None:
        """Let a person write to the bot."""
        person = {"id": chat, "is_bot": False, "first_name": "Ada"}
        message = {"chat": {"id": chat, "type": "private", "first_name": "Ada"}, "from": person, "text": text}
        self._tell("message", {"message_id": 1, "date": 1, **message})

    def press(self, chat: int, data: str) -> None:
        """Let a person press a button of the bot's last message."""
        person = {"id": chat, "is_bot": False, "first_name": "Ada"}
        message = {"message_id": len(self.sent), "date": 1, "chat": {"id": chat, "type": "private"}}
        query = {"id": str(len(self.updates) + 1), "from": person, "message": message, "chat_instance": "1"}
        self._tell("callback_query", {**query, "data": data})

    def _tell(self, kind: str, what: dict[str, Any]) -> None:
        with self.arrived:
            self.updates.append({"update_id": len(self.updates) + 1, kind: what})
            self.arrived.notify_all()

    def wait_for(self, text: str) -> dict[str, Any]:
        """Wait until the bot has said something that contains the text."""
        wait_until(lambda: any(text in one["text"] for one in self.sent), f"the bot says {text!r}")
        return next(one for one in self.sent if text in one["text"])

    def answer(self, method: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        match method:
            case "getMe":
                return 200, {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "P", "username": NAME}}
            case "setWebhook" | "deleteWebhook":
                self.hook = body if method == "setWebhook" else None
                return 200, {"ok": True, "result": True}
            case "getUpdates" if self.hook is not None:
                return 409, {"ok": False, "error_code": 409, "description": "Conflict: webhook is active"}
            case "getUpdates":
                return 200, {"ok": True, "result": self._updates_after(int(body.get("offset") or 0))}
            case "answerCallbackQuery" | "editMessageReplyMarkup":
                self.done.append((method, body))
                return 200, {"ok": True, "result": True}
            case "sendMessage" if str(body["chat_id"]) in self.blocked:
                blocked = "Forbidden: bot was blocked by the user"
                return 403, {"ok": False, "error_code": 403, "description": blocked}
            case "sendMessage":
                self.sent.append(body)
                return 200, {"ok": True, "result": {"message_id": len(self.sent)}}
            case _:
                return 404, {"ok": False, "error_code": 404, "description": "Not Found"}

    def _updates_after(self, offset: int) -> list[dict[str, Any]]:
        with self.arrived:
            self.polling += 1
            self.polling_most = max(self.polling_most, self.polling)
            self.arrived.wait_for(lambda: self._since(offset), timeout=0.5)
            self.polling -= 1
            return self._since(offset)

    def _since(self, offset: int) -> list[dict[str, Any]]:
        return [one for one in self.updates if one["update_id"] >= offset]


@contextmanager
def running_telegram() -> Iterator[Telegram]:
    """Run the server for as long as the context lasts."""
    telegram = Telegram()

    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            prefix, _, method = self.path.rpartition("/")
            is_ours = prefix == f"/bot{TOKEN}"
            status, answer = telegram.answer(method, body) if is_ours else (401, {"ok": False, "error_code": 401})
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # the caller has gone
                self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - http.server's name

    with running_http(Handler) as telegram.port:
        yield telegram
