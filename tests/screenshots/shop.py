"""The shop whose month the pictures show."""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.servers.service import Service

PASSWORD = "correct horse battery"
EMAIL, NEWCOMER, VIEWER = "ada@example.com", "grace@example.com", "alan@example.com"
CATEGORIES = {
    "sale": ("#2ECC71", "💰"),
    "user-signup": ("#6C5CE7", "👤"),
    "bug": ("#FF6B6B", "🐛"),
    "deploy": ("#45B7D1", "🚀"),
    "newsletter": ("#FDCB6E", "📢"),
}
SAVED = {"Sold": "q=bought&category=sale", "Critical": "severity=critical", "Big sales": "field=amount&is=gte&value=96"}
PEOPLE = ("Ada Lovelace", "Grace Hopper", "Alan Turing", "Margaret Hamilton", "Jean Bartik")
EVENTS = 260


class Taker(BaseHTTPRequestHandler):
    """Takes whatever is posted, but for every twentieth call: it refuses that for now, or for good."""

    calls = 0

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        Taker.calls += 1
        self.send_response(200 if Taker.calls % 20 else 503 if Taker.calls % 40 else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def taker() -> Iterator[int]:
    """Run a webhook's other end; gives its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def filled(service: Service, hook: str) -> Mapping[str, object]:
    """Fill a workspace with a month of events, and return what addresses name."""
    made = service.workspace(EMAIL, plan="enterprise", password=PASSWORD)
    for name, (color, emoji) in CATEGORIES.items():
        run = service.run("categories", "create", name, "--color", color, "--emoji", emoji)
        assert run.returncode == 0, run.stderr
    destination = service.destination(made, "webhook", f"url={hook}")
    ids = [service.post(made.key, event).json["eventId"] for event in _events(random.Random(7))]
    service.rows("UPDATE store_workspace SET key_copied_at = created_at WHERE id = ?", made.id)
    for name, query in SAVED.items():
        service.rows(
            "INSERT INTO store_savedfilter (workspace_id, name, query, created_at)"
            " SELECT id, ?, ?, created_at FROM store_workspace WHERE id = ?",
            *(name, query, made.id),
        )
    service.workspace(NEWCOMER, plan="free", password=PASSWORD)
    service.workspace(VIEWER, plan="free", password=PASSWORD)
    invited = service.json("workspaces", "invite", "joan@example.com", "--workspace", str(made.id))
    viewer = service.json("workspaces", "invite", VIEWER, "--role", "viewer", "--workspace", str(made.id))
    return {
        "event": ids[-1],
        "destination": destination["destinationId"],
        "token": invited["link"].rpartition("/")[2],
        "viewer": viewer["link"].rpartition("/")[2],
        "workspace": made.id,
    }


def _events(chance: random.Random) -> Iterator[dict[str, object]]:
    now = datetime.now(UTC)
    for _ in range(EVENTS):
        at = now - timedelta(seconds=min(chance.expovariate(1 / 500_000), 28 * 86_400))
        yield {"timestamp": at.isoformat(), **_event(chance)}


def _event(chance: random.Random) -> dict[str, object]:
    name = chance.choices(["sale", "user-signup", "bug", "deploy"], [4, 3, 1, 1])[0]
    who = chance.choice(PEOPLE)
    if name == "sale":
        fields = {
            "plan": chance.choice(["PRO", "ENTERPRISE"]),
            "amount": chance.choice([29, 49.5, 96, 159]),
            "renewal": False,
        }
        return {"category": name, "description": f"{who} bought PRO", "fields": fields, "severity": "success"}
    if name == "user-signup":
        return {"category": name, "description": f"{who} signed up", "fields": {"source": "search", "referrals": 0}}
    if name == "bug":
        text = 'TypeError: cannot read properties of undefined (reading "id") in checkout.ts:214'
        return {"category": name, "description": text, "fields": {"release": "v2.14"}, "severity": "critical"}
    return {
        "category": name,
        "description": "Deployed main to production",
        "fields": {"seconds": chance.randint(30, 90)},
    }
