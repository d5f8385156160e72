"""A page that is left open, in a real browser: it shows what happens by itself, and says so when it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright

from tests.e2e.test_screens import ARGUMENTS, CHROMIUM, PASSWORD
from tests.parts import require
from tests.servers.hook import Hook
from tests.servers.service import Service, Workspace

pytestmark = pytest.mark.timeout(240)
PATIENCE_MS = 30_000


@pytest.fixture
def shop(installation: Service, hook: Hook) -> Workspace:
    installation.start()
    workspace = installation.workspace(password=PASSWORD)
    installation.category(workspace)
    installation.destination(workspace, "webhook", f"url={hook.url}")
    return workspace


@pytest.fixture
def page(installation: Service, shop: Workspace) -> Iterator[Page]:
    """The list of events, signed in; it fails the test when a script of ours breaks."""
    require(CHROMIUM.exists(), "no Chromium: apt install chromium")
    broken: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_context(base_url=installation.url).new_page()
        opened.on("pageerror", lambda error: broken.append(str(error)))
        opened.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        opened.goto("/sign-in")
        opened.fill("[name=login]", shop.email)
        opened.fill("[name=password]", PASSWORD)
        opened.click("main [type=submit]")
        opened.wait_for_url("**/dashboard")
        yield opened
        browser.close()
    assert broken == []


@contextmanager
def new_stream(page: Page) -> Iterator[None]:
    """Wait until the page hears over another stream than before."""
    with page.expect_response("**/dashboard/stream?*") as opened:
        yield
    assert opened.value.status == 200


def expect_event(page: Page, service: Service, shop: Workspace, text: str) -> None:
    """Report an event, and wait until the open page shows it."""
    assert service.post(shop.key, {"category": "sale", "description": text}).status == 200
    expect(page.locator("li", has_text=text)).to_be_visible()


def asked_for(page: Page) -> list[str]:
    """Return the list of the parts that the page asks for itself from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/live?" in request.url:
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_an_open_page_shows_what_happens_and_outlives_a_restart(
    page: Page, installation: Service, shop: Workspace, hook: Hook
):
    with page.expect_response("**/dashboard/stream?*") as opened:
        page.goto("/dashboard/events")
    assert opened.value.status == 200
    page.evaluate("window.isStillTheSamePage = true")
    page.wait_for_timeout(1_500)
    asked = asked_for(page)
    installation.post(shop.key, {"category": "sale", "description": "A hat for Jane"})
    row = page.locator("li", has_text="A hat for Jane")
    expect(row.get_by_text("Delivered")).to_be_visible()
    icon = page.locator('link[rel="icon"]')
    expect(icon).not_to_have_attribute("href", icon.get_attribute("data-failing") or "")

    hook.status = 410
    installation.post(shop.key, {"category": "sale", "description": "Nobody hears this"})
    expect(page.locator("li", has_text="Nobody hears this").get_by_text("Failed")).to_be_visible()
    expect(icon).to_have_attribute("href", icon.get_attribute("data-failing") or "")
    assert asked == [], "it was not the stream that brought it"

    notice = page.get_by_text("The connection is interrupted")
    expect(notice).to_be_hidden()
    installation.kill()
    expect(notice).to_be_visible()
    installation.start()
    expect(notice).to_be_hidden()
    installation.post(shop.key, {"category": "sale", "description": "After the restart"})
    expect(page.locator("li", has_text="After the restart")).to_be_visible()
    assert page.evaluate("window.isStillTheSamePage")
    assert page.context.request.get("/healthz").ok


def test_a_page_that_loses_the_network_says_so_and_catches_up(page: Page, installation: Service, shop: Workspace):
    with new_stream(page):
        page.goto("/dashboard/events")
    expect_event(page, installation, shop, "Before")
    page.evaluate("window.isStillTheSamePage = true")
    notice = page.get_by_text("The connection is interrupted")
    page.context.set_offline(True)
    expect(notice).to_be_visible()
    installation.post(shop.key, {"category": "sale", "description": "Meanwhile"})
    with new_stream(page):
        page.context.set_offline(False)
    expect(notice).to_be_hidden()
    expect(page.locator("li", has_text="Meanwhile")).to_be_visible()
    expect_event(page, installation, shop, "After")
    assert page.evaluate("window.isStillTheSamePage")


def test_a_page_that_has_slept_catches_up_at_once(page: Page, installation: Service, shop: Workspace):
    """For ten minutes no word came, and nobody said that the line is dead."""
    page.clock.install()
    with new_stream(page):
        page.goto("/dashboard/events")
    expect_event(page, installation, shop, "Before")
    with new_stream(page):
        page.clock.fast_forward("10:00")
    expect_event(page, installation, shop, "After")
    assert page.get_by_text("The connection is interrupted").is_hidden()


HIDDEN = """(is) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => is });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""A browser without a window hides no page: it is told what such a browser would say."""


def test_a_page_in_the_background_gives_its_line_back_and_catches_up(
    page: Page, installation: Service, shop: Workspace
):
    page.clock.install()
    with new_stream(page):
        page.goto("/dashboard/events")
    expect_event(page, installation, shop, "Before")
    with page.expect_event("requestfailed", lambda request: "/dashboard/stream" in request.url):
        page.evaluate(HIDDEN, True)
        page.clock.fast_forward("00:11")
    installation.post(shop.key, {"category": "sale", "description": "Meanwhile"})
    with new_stream(page):
        page.evaluate(HIDDEN, False)
    expect(page.locator("li", has_text="Meanwhile")).to_be_visible()
    expect_event(page, installation, shop, "After")
