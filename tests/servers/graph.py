"""Meta's Cloud API on the loopback: takes messages, and signs what it tells."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until

TOKEN, APP_SECRET, VERIFY_TOKEN = "EAAJB-made-up-token", "614fc2afde15eee07a26b2fe3eaee9b9", "meatyhamhock"
PHONE_NUMBER_ID, BUSINESS_NUMBER = "106540352242922", "+15550783881"


@dataclass
class Graph:
    """The messages taken so far, each with the id it was given."""

    port: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v23.0"

    @property
    def settings(self) -> dict[str, str]:
        """What the operator of an instance sets to use this server."""
        own = {
            "business_number": BUSINESS_NUMBER,
            "phone_number_id": PHONE_NUMBER_ID,
            "token": TOKEN,
            "app_secret": APP_SECRET,
            "verify_token": VERIFY_TOKEN,
            "template": "event_notice",
            "api_url": self.url,
        }
        return {f"PINGPILOT_WHATSAPP_{name.upper()}": value for name, value in own.items()}

    def wait_for(self, count: int) -> dict[str, Any]:
        """Wait until so many messages were taken, and return the last of them."""
        wait_until(lambda: len(self.sent) >= count, f"{count} messages are taken")
        return self.sent[count - 1]

    def answer(self, path: str, authorization: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if authorization != f"Bearer {TOKEN}":
            return 401, {"error": {"message": "Invalid OAuth access token", "type": "OAuthException", "code": 190}}
        if path != f"/v23.0/{PHONE_NUMBER_ID}/messages":
            return 400, {"error": {"message": "Unsupported post request", "type": "GraphMethodException", "code": 100}}
        name = f"wamid.{len(self.sent):032}"
        self.sent.append({**body, "id": name})
        contact = {"input": body["to"], "wa_id": body["to"]}
        return 200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": name}]}


def signed(value: Mapping[str, object], secret: str = APP_SECRET) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a call in which Meta tells something of our number."""
    metadata = {"display_phone_number": BUSINESS_NUMBER[1:], "phone_number_id": PHONE_NUMBER_ID}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    payload = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    body = json.dumps(payload).encode()
    return body, {"X-Hub-Signature-256": f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"}


@contextmanager
def running_graph() -> Iterator[Graph]:
    """Run the server for as long as the context lasts."""
    graph = Graph()

    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 - http.server's name
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            status, said = graph.answer(self.path, self.headers.get("Authorization", ""), body)
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with suppress(OSError):  # the caller has gone
                self.wfile.write(content)

    with running_http(Handler) as graph.port:
        yield graph
