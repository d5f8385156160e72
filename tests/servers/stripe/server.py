"""The fake Stripe as a server: the API under ``/v1``, and pages for people."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.servers.loopback import Quiet, running_http
from tests.servers.ports import wait_until
from tests.servers.stripe.books import Books, Refusal
from tests.servers.stripe.calls import Calls
from tests.servers.stripe.pages import checkout_page, page, portal_page
from tests.servers.stripe.params import nested
from tests.servers.stripe.telling import Teller

KEY = "sk_test_thisIsTheKeyOfAFakeStripe0123"
SECRET = "whsec_thisIsTheSecretOfAFakeStripe0123"
OTHER_SECRET = "whsec_anotherSecretOfAnotherEndpoint01"
SOLD = {
    "price_pro_month": ("PRO", "month", 29),
    "price_pro_year": ("PRO", "year", 96),
    "price_enterprise_month": ("ENTERPRISE", "month", 49),
    "price_enterprise_year": ("ENTERPRISE", "year", 159),
}


@dataclass
class FakeStripe:
    """A running one. While ``is_down`` it answers 503; while ``is_silent`` it tells nothing by itself."""

    books: Books = field(default_factory=lambda: Books(dict(SOLD)))
    teller: Teller = field(default_factory=lambda: Teller(SECRET))
    is_down: bool = False
    is_silent: bool = False
    url: str = ""
    told: int = 0
    _telling: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.calls = Calls(self.books, KEY)

    @property
    def settings(self) -> dict[str, str]:
        """What sells by it."""
        return {
            "PINGPILOT_STRIPE_SECRET_KEY": KEY,
            "PINGPILOT_STRIPE_WEBHOOK_SECRET": SECRET,
            "PINGPILOT_STRIPE_PRICES": ",".join(f"{plan}/{every}={price}" for price, (plan, every, _) in SOLD.items()),
            "PINGPILOT_STRIPE_API_URL": self.url,
        }

    def flush(self) -> None:
        """Tell what was not told yet, in order."""
        with self._telling:
            events, self.told = self.books.events[self.told :], len(self.books.events)
            self.teller.tell_all(events)

    def wait_for_answers(self, count: int) -> None:
        wait_until(lambda: len(self.teller.statuses) >= count, f"{count} events were answered")

    def click(self, path: str, form: dict[str, str]) -> str:
        """Do what a person clicked on a page; return where the browser goes on."""
        shown = self.books.objects[path.rsplit("/", 1)[-1]]
        if form["deed"] == "pay":
            self.books.complete(shown)
            return str(shown["success_url"])
        subscription = self.books.get(form["subscription"], "subscription")
        match form["deed"]:
            case "change":
                self.books.change(subscription, form["price"])
            case "cancel" | "resume":
                self.books.cancel_later(subscription, is_cancelled=form["deed"] == "cancel")
            case "end":
                self.books.end_period(subscription)
            case deed:
                self.books.turn(subscription, "past_due" if deed == "fail" else "active")
        return path

    def show(self, path: str) -> str:
        """Return a page."""
        shown = self.books.objects.get(path.rsplit("/", 1)[-1])
        if shown is None:
            return page("There is no such page", "")
        return (checkout_page if path.startswith("/checkout/") else portal_page)(self.books, shown)


class _Handler(Quiet):
    """Answers for one of them."""

    fake: ClassVar[FakeStripe]

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        self._serve("GET", "")

    def do_DELETE(self) -> None:  # noqa: N802 - as above
        self._serve("DELETE", "")

    def do_POST(self) -> None:  # noqa: N802 - as above
        self._serve("POST", self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def _serve(self, method: str, body: str) -> None:
        """Answer, and only then tell what came of it: whoever asked does not wait for it."""
        url = urlsplit(self.path)
        if self.fake.is_down:
            self._send(503, b"{}", "application/json")
        elif url.path.startswith("/v1/"):
            params = nested(parse_qsl(f"{url.query}&{body}"))
            head = {name.lower(): value for name, value in self.headers.items()}
            status, answer = self.fake.calls.answer(method, url.path, params, head)
            self._send(status, json.dumps(answer).encode(), "application/json")
        elif method == "POST":
            self._click(url.path, dict(parse_qsl(body)))
        else:
            self._send(200, self.fake.show(url.path).encode(), "text/html; charset=utf-8")
        if not self.fake.is_silent:
            self.fake.flush()

    def _click(self, path: str, form: dict[str, str]) -> None:
        try:
            self._send(303, b"", "text/plain", location=self.fake.click(path, form))
        except Refusal as refusal:
            self._send(400, page(str(refusal), "").encode(), "text/html; charset=utf-8")

    def _send(self, status: int, content: bytes, kind: str, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def running_stripe() -> Iterator[FakeStripe]:
    """Run it for as long as the context lasts."""
    fake = FakeStripe()
    with running_http(type("Handler", (_Handler,), {"fake": fake})) as port:
        fake.url = fake.calls.url = f"http://127.0.0.1:{port}"
        yield fake
