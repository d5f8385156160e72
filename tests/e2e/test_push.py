"""Notifications in a real browser. The push service behind it is ours, since the browser's own is on the internet."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from pingpilot.security.webpush import encoded
from tests.parts import require
from tests.servers.hook import Hook
from tests.servers.push import Browser, claims_of
from tests.servers.service import Service

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP pings.example 127.0.0.1",
]
EMAIL, PASSWORD = "push@example.com", "correct horse battery"
SUBSCRIBED = """
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async function (options) {
  sessionStorage.usedKey = JSON.stringify(Array.from(options.applicationServerKey));
  const keys = {p256dh: "%s", auth: "%s"};
  const raw = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return {endpoint: "%s", getKey: (name) => raw(keys[name]).buffer};
};
"""
"""A push service for the page to subscribe to: the browser's own answers only over the internet."""
NOTICES = """
navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) =>
  all.map(({title, body, tag, icon, data}) => ({title, body, tag, icon: icon.slice(0, 15), path: data.path})))
"""
STATE = """
navigator.serviceWorker.getRegistrations().then((all) =>
  [Notification.permission, ...all.map(({scope, active}) => [scope, active && active.state])])
"""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="session")
def member(shared_service: Service) -> Service:
    shared_service.workspace(EMAIL, password=PASSWORD)
    return shared_service


@pytest.fixture
def context(member: Service, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser with a profile of its own: a private window has no push."""
    require(CHROMIUM.exists(), "no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=CHROMIUM, args=ARGUMENTS, base_url=member.url
        )
        opened.set_default_timeout(15_000)
        expect.set_options(timeout=15_000)
        yield opened
        opened.close()


def signed_in(context: BrowserContext, origin: str = "") -> Page:
    page = context.new_page()
    page.goto(f"{origin}/sign-in")
    page.fill("[name=login]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")
    page.goto(f"{origin}/dashboard/channels")
    return page


def press(page: Page) -> None:
    page.get_by_role("button", name="Notify this browser").click()


def deliver(context: BrowserContext, page: Page, origin: str, text: str) -> None:
    """Hand a message to the page's worker, as the browser does with what its push service brings."""
    session, known = context.new_cdp_session(page), list[Any]()
    session.on("ServiceWorker.workerRegistrationUpdated", lambda said: known.extend(said["registrations"]))
    session.send("ServiceWorker.enable")
    while not known:
        page.wait_for_timeout(50)
    number = known[0]["registrationId"]
    session.send("ServiceWorker.deliverPushMessage", {"origin": f"{origin}/", "registrationId": number, "data": text})


def shown(context: BrowserContext, page: Page, origin: str, text: str) -> list[Any]:
    """Hand it over and return the notices, once there are any: a browser drops what its worker is not ready for."""
    for _ in range(5):
        deliver(context, page, origin, text)
        for _ in range(100):
            if notices := page.evaluate(NOTICES):
                return list(notices)
            page.wait_for_timeout(50)
    raise AssertionError(page.evaluate(STATE))


def test_one_press_and_this_browser_shows_events(context: BrowserContext, member: Service, hook: Hook):
    browser = Browser()
    context.grant_permissions(["notifications"], origin=member.url)
    context.add_init_script(SUBSCRIBED % (browser.p256dh, browser.auth, hook.url))
    hook.status = 201
    page = signed_in(context)
    press(page)
    expect(page.get_by_role("heading", name="Chrome on Linux")).to_be_visible()
    (request,) = hook.wait_for(1)
    expect(page.get_by_role("region", name="Status").get_by_text("Active")).to_be_visible()

    used = encoded(bytes(json.loads(page.evaluate("sessionStorage.usedKey"))))
    assert claims_of(request.headers["authorization"], used)["aud"] == hook.url.removesuffix("/hook")
    told = browser.read(request.body).decode()
    (notice,) = shown(context, page, member.url, told)
    message = json.loads(told)
    assert (notice["title"], notice["body"], notice["tag"]) == (message["title"], message["body"], message["tag"])
    assert notice["path"] == f"/dashboard/events/{message['event']}"
    assert notice["icon"] == "data:image/png;"


def test_what_the_user_refused_is_said(context: BrowserContext, member: Service):
    context.grant_permissions([], origin=member.url)
    page = signed_in(context)
    press(page)
    expect(page.get_by_text("Notifications are blocked for this page.")).to_be_visible()


def test_a_page_that_is_not_encrypted_says_why_it_cannot(context: BrowserContext, installation: Service):
    installation.settings["PINGPILOT_ALLOWED_HOSTS"] = "pings.example"
    installation.start().workspace(EMAIL, password=PASSWORD)
    page = signed_in(context, f"http://pings.example:{installation.port}")
    press(page)
    expect(page.get_by_text("Browsers allow notifications only on https:// pages")).to_be_visible()
