"""Those as whom the pictures are taken: signed in, let in as a viewer, with a second step."""

import base64
import hashlib
import hmac
import re
import struct
import time
from typing import Any

from playwright.sync_api import Browser, Page

from tests.screenshots.shop import PASSWORD
from tests.servers.service import Service


def signed_in(browser: Browser, service: Service, email: str) -> Any:
    """Sign somebody in, and return what the browser remembers of it."""
    return _enter(browser, service, email).context.storage_state()


def enter_as_viewer(browser: Browser, service: Service, email: str, invitation: str) -> Any:
    """Follow an invitation, and return what the browser remembers."""
    page = _enter(browser, service, email)
    page.goto(f"/join/{invitation}")
    page.click("main form [type=submit]")
    page.wait_for_url("**/dashboard")
    return page.context.storage_state()


def secure(browser: Browser, service: Service, email: str) -> Any:
    """Set up an authenticator app for somebody, and return what the browser remembers."""
    page = _enter(browser, service, email)
    page.goto("/dashboard/account-settings/two-factor/app")
    link = page.locator("a[href^='otpauth:']").get_attribute("href")
    found = re.search(r"secret=([A-Z2-7]+)", link or "")
    assert found is not None
    page.get_by_label("Authenticator code").fill(code_of(found[1]))
    page.get_by_role("button", name="Turn it on").click()
    page.wait_for_url("**/recovery-codes")
    return page.context.storage_state()


def code_of(secret: str, steps: int = 0) -> str:
    """Return what an app shows, or will in so many time steps. Source: RFC 6238."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def _enter(browser: Browser, service: Service, email: str) -> Page:
    page = browser.new_context(base_url=service.url).new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")
    return page
