"""``make screenshots``: every page, on a phone and a desk, light and dark, as pictures in ``artifacts/screens``.

Look at each. ``ARGS=--readme`` takes the few that the README shows, and nothing else.
"""

import random
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.service import Service

ROOT = Path(__file__).parents[1]
SCREENS, README = ROOT / "artifacts" / "screens", ROOT / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD, EMAIL, NEWCOMER = "correct horse battery", "ada@example.com", "grace@example.com"
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 860}}
PUBLIC = {
    "start": "/",
    "sign-up": "/sign-up",
    "sign-in": "/sign-in",
    "forgot": "/forgot",
    "forgot-sent": "/forgot/sent",
    "reset-done": "/reset/done",
    "join": "/join/{token}",
    "join-over": "/join/unknown",
    "email-undo-over": "/dashboard/account-settings/email-undo/unknown",
    "not-found": "/nothing/here",
}
NEW = {
    "new-dashboard": "/dashboard",
    "new-events": "/dashboard/events",
    "new-channels": "/dashboard/channels",
    "new-api-key": "/dashboard/api-key",
}
"""What somebody sees who has just signed up."""
OWN = {
    "dashboard": "/dashboard",
    "parts": "/dashboard/_design",
    "category": "/dashboard/category/sale",
    "category-looked-for": "/dashboard/category/sale?field=amount&is=gt&value=90&sort=amount",
    "category-listening": "/dashboard/category/newsletter",
    "category-new": "/dashboard/new-category",
    "category-edit": "/dashboard/category/sale/edit",
    "category-delete": "/dashboard/category/sale/delete",
    "events": "/dashboard/events",
    "events-nothing": "/dashboard/events?q=nowhere",
    "events-failed": "/dashboard/events?status=FAILED",
    "events-saved": "/dashboard/events?q=bought&category=sale",
    "event": "/dashboard/events/{event}",
    "channels": "/dashboard/channels",
    "channel": "/dashboard/channels/{destination}",
    "channel-add": "/dashboard/channels/add/discord-webhook",
    "channel-add-push": "/dashboard/channels/add/push",
    "channel-remove": "/dashboard/channels/{destination}/remove",
    "api-key": "/dashboard/api-key",
    "connect": "/dashboard/connect",
    "connect-github": "/dashboard/connect/github",
    "api-key-regenerate": "/dashboard/api-key/regenerate",
    "api-key-new": "/dashboard/api-key/new",
    "plan": "/dashboard/upgrade",
    "workspace": "/dashboard/workspace",
    "workspace-invite": "/dashboard/workspace/invite",
    "workspace-transfer": "/dashboard/workspace/transfer",
    "workspace-delete": "/dashboard/workspace/delete",
    "workspace-new": "/dashboard/workspaces/new",
    "audit-log": "/dashboard/workspace/log",
    "settings": "/dashboard/account-settings",
    "activity": "/dashboard/account-settings/activity",
    "email": "/dashboard/account-settings/email",
    "app": "/dashboard/account-settings/two-factor/app",
    "account-delete": "/dashboard/account-settings/delete",
    "sign-in-again": "/reauthenticate",
    "operator": "/admin",
    "operator-workspaces": "/admin/workspaces",
    "operator-users": "/admin/users",
    "operator-dead": "/admin/dead",
    "operator-audit": "/admin/audit",
}
IN_README = {("start", "desk", "light"), ("dashboard", "desk", "light"), ("category", "desk", "dark")}
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
IS_README = "--readme" in sys.argv


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


def main() -> None:
    """Start a service of its own, fill it, and take the pictures."""
    with tempfile.TemporaryDirectory(prefix="pingpilot-screens-") as folder, taker() as port:
        service = Service(Path(folder), starts_within_s=300).start()
        try:
            named = filled(service, f"http://127.0.0.1:{port}/pings")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                take(browser, service, named)
                browser.close()
        finally:
            service.stop()
    print(f"Pictures are in {(README if IS_README else SCREENS).relative_to(ROOT)}. Look at each.")


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
    invited = service.json("workspaces", "invite", "joan@example.com", "--workspace", str(made.id))
    return {
        "event": ids[-1],
        "destination": destination["destinationId"],
        "token": invited["link"].rpartition("/")[2],
    }


def take(browser: Browser, service: Service, named: Mapping[str, object]) -> None:
    """Take every page in every look."""
    (README if IS_README else SCREENS).mkdir(parents=True, exist_ok=True)
    states = [_signed_in(browser, service, email) for email in (EMAIL, NEWCOMER)]
    for size, viewport in SIZES.items():
        for scheme in ("light", "dark"):
            look: Any = {
                "base_url": service.url,
                "viewport": viewport,
                "color_scheme": scheme,
                "reduced_motion": "reduce",
            }
            for state, paths in zip((None, *states), (PUBLIC, OWN, NEW), strict=True):
                page = browser.new_context(**look, storage_state=state).new_page()
                for name, path in paths.items():
                    _shoot(page, name, path.format(**named), size, scheme)


def _shoot(page: Page, name: str, path: str, size: str, scheme: str) -> None:
    if not IS_README:
        page.goto(path)
        page.screenshot(path=SCREENS / f"{name}-{size}-{scheme}.png", full_page=True)
    elif (name, size, scheme) in IN_README:
        page.goto(path)
        page.screenshot(path=README / f"{name}.jpeg", type="jpeg", quality=82)


def _signed_in(browser: Browser, service: Service, email: str) -> Any:
    page = browser.new_context(base_url=service.url).new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")
    return page.context.storage_state()


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


if __name__ == "__main__":
    main()
