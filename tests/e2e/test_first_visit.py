"""What a first visit costs: few bytes, nothing of another host, and nothing that jumps while the page comes up."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.looks import SIZES
from tests.e2e.test_screens import PASSWORD, browser
from tests.servers.service import Service

__all__ = ["browser"]

BYTES_MAX = 100_000
"""Of one page with all that it loads, for a browser that has nothing of it. Source: the issue of the dashboard."""
SHIFT_MAX = 0.1
"""Source: https://web.dev/articles/cls, "good"."""
PATHS = ("/", "/sign-in", "/dashboard", "/dashboard/category/sale", "/dashboard/events", "/dashboard/api-key")
EVENTS = 60
_WATCH = """
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""

pytestmark = pytest.mark.timeout(240)


@dataclass
class Visit:
    """What came over the network, and how far things jumped."""

    bytes: int = 0
    hosts: set[str] = field(default_factory=set)
    shift: float = 0


@pytest.fixture(scope="module")
def session(browser: Browser, shared_service: Service) -> Any:
    """A signed-in user whose workspace has more than a page of events."""
    made = shared_service.workspace("first-visit@example.com", password=PASSWORD)
    shared_service.category(made)
    for number in range(EVENTS):
        fields = {"plan": "PRO", "amount": 99.9 + number, "seats": number, "customer": f"customer number {number}"}
        event = {"category": "sale", "description": f"Customer {number} bought PRO for a year", "fields": fields}
        assert shared_service.post(made.key, event).status == 200
    context = browser.new_context(base_url=shared_service.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", made.email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")
    state = context.storage_state()
    context.close()
    return state


def visit(browser: Browser, service: Service, session: Any, path: str, size: str) -> Visit:
    """Open a page in a browser that has nothing of it, and let it settle."""
    context = browser.new_context(base_url=service.url, viewport=SIZES[size], storage_state=session)
    page, seen = context.new_page(), Visit()
    line = context.new_cdp_session(page)
    line.on("Network.loadingFinished", lambda got: setattr(seen, "bytes", seen.bytes + got["encodedDataLength"]))
    line.on("Network.requestWillBeSent", lambda sent: seen.hosts.add(urlsplit(sent["request"]["url"]).netloc))
    line.send("Network.enable")
    page.add_init_script(_WATCH)
    page.goto(path, wait_until="load")
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_timeout(500)  # whatever a script still does to the page
    seen.shift = float(page.evaluate("window.shift"))
    context.close()
    return seen


@pytest.mark.parametrize("size", SIZES)
def test_a_first_visit_is_light_and_calm(browser: Browser, shared_service: Service, session: Any, size: str):
    wrong: dict[str, object] = {}
    for path in PATHS:
        seen = visit(browser, shared_service, session, path, size)
        assert seen.bytes > 1_000, "nothing was counted: nothing was proven"
        if seen.bytes > BYTES_MAX or seen.shift >= SHIFT_MAX or seen.hosts - {urlsplit(shared_service.url).netloc, ""}:
            wrong[path] = seen
        print(f"{size} {path}: {seen.bytes:,} bytes, shift {seen.shift:.3f}")
    assert not wrong
