"""The first minutes of a newcomer, in a real browser: from sign-up to a message that has arrived."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.parts import require
from tests.servers.hook import Hook
from tests.servers.mailbox import Mailbox
from tests.servers.service import Service

CHROMIUM = Path("/usr/bin/chromium")
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PASSWORD = "correct horse battery 42"
EMAIL = "ada@example.com"
PATIENCE_MS = 15_000

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def page() -> Iterator[Page]:
    """A page that fails the test when a script of ours breaks."""
    require(CHROMIUM.exists(), "no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        opened = context.new_page()
        broken: list[str] = []
        opened.on("pageerror", lambda error: broken.append(str(error)))
        yield opened
        browser.close()
        assert broken == []


def sign_up(page: Page, service: Service) -> None:
    page.goto(f"{service.url}/")
    page.locator('a[href="/sign-up"]').first.click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def create_category(page: Page, name: str) -> None:
    page.get_by_role("link", name="Dashboard").first.click()
    page.get_by_role("link", name="New category").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("radio", name="💰").check(force=True)
    page.get_by_role("button", name="Create category").click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def copied_key(page: Page) -> str:
    """Copy the key from its page."""
    page.get_by_role("link", name="API key").first.click()
    page.get_by_role("region", name="Primary key").get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied").first).to_be_visible()
    text = str(page.evaluate("navigator.clipboard.readText()"))
    assert re.fullmatch(r"pp_[a-z0-9]{24}_[0-9A-Za-z]{38}", text)
    return text


def send(service: Service, key: str, description: str) -> str:
    body = {"category": "sale", "description": description, "fields": {"amount": 49.5}}
    answer = service.post(key, json.dumps(body).encode())
    assert answer.status == 200
    return str(answer.json["eventId"])


def open_receipt(page: Page, event: str) -> None:
    page.locator(f'a[href$="/dashboard/events/{event}"]').first.click()
    expect(page.get_by_role("region", name="Deliveries")).to_be_visible()


def mark_page(page: Page) -> None:
    """Leave a mark that a reload would wipe out."""
    page.evaluate("window.isStillTheSamePage = true")


def is_same_page(page: Page) -> bool:
    return bool(page.evaluate("window.isStillTheSamePage === true"))


def test_with_mail_from_sign_up_to_an_alert_in_the_mailbox(page: Page, installation: Service, mailbox: Mailbox):
    installation.settings["PINGPILOT_SMTP_URL"] = mailbox.url
    installation.start()
    sign_up(page, installation)
    (mail,) = mailbox.wait_for(1)
    body = mail.get_body(("plain",))
    assert body is not None
    link = re.search(re.escape(installation.url) + r"/\S+", body.get_content())
    assert link is not None
    page.goto(link[0])
    page.get_by_role("button", name="Yes, verify it").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    create_category(page, "sale")
    key = copied_key(page)
    page.goto(f"{installation.url}/dashboard/category/sale")
    expect(page.get_by_text("Listening for events…")).to_be_visible()
    mark_page(page)
    event = send(installation, key, "A hat for Jane")
    expect(page.get_by_text("A hat for Jane")).to_be_visible()
    assert is_same_page(page)

    open_receipt(page, event)
    deliveries = page.get_by_role("region", name="Deliveries")
    expect(deliveries.get_by_text("Delivered").first).to_be_visible()
    alert = mailbox.wait_for(2)[1]
    assert (alert["Subject"], alert["To"]) == ("PingPilot Alert: 💰 Sale", EMAIL)


def test_without_mail_from_sign_up_to_a_webhook_that_fails_at_first(page: Page, installation: Service, hook: Hook):
    installation.start()
    sign_up(page, installation)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.get_by_role("button", name="Create bug, sale and question").click()
    expect(page.get_by_role("link", name="sale").first).to_be_visible()

    page.get_by_role("link", name="Channels").first.click()
    page.get_by_role("link", name=re.compile("Webhook")).first.click()
    page.get_by_label("URL").fill(hook.url)
    page.get_by_role("button", name=re.compile("^(Add|Save)")).click()
    hook.wait_for(1)  # the proof
    key = copied_key(page)

    page.get_by_role("link", name="Dashboard").first.click()
    mark_page(page)
    hook.status = 503
    event = send(installation, key, "A scarf for Jim")
    expect(page.get_by_text("A scarf for Jim")).to_be_visible()
    assert is_same_page(page)
    open_receipt(page, event)
    mark_page(page)
    hook.wait_for(2)
    hook.status = 200
    deliveries = page.get_by_role("region", name="Deliveries")
    expect(deliveries.get_by_text("Delivered").first).to_be_visible()
    expect(deliveries.get_by_text("503").first).to_be_visible()
    assert is_same_page(page)
