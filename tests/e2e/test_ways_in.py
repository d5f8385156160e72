"""The ways into an account in a real browser: a code of an app, a passkey of the device, an issuer."""

import base64
import hashlib
import hmac
import re
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.e2e.looks import PAIRS, Look, context_of
from tests.parts import require
from tests.servers.issuer import CLIENT_ID, CLIENT_SECRET, running_issuer
from tests.servers.service import Service

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EMAIL, PASSWORD = "ada@example.com", "correct horse battery 42"
WITH_SCRIPT = [one for one in PAIRS if one.has_script]
"""Browsers have passkeys for scripts alone."""

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def service(installation: Service) -> Service:
    """A service that browsers take for secure: by the name of this machine, not by its number."""
    installation.settings["PINGPILOT_PUBLIC_URL"] = f"http://localhost:{installation.port}"
    return installation


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest.fixture
def page(service: Service, look: Look) -> Iterator[Page]:
    """A page on a device that can hold passkeys; fails the test when the browser complains of anything."""
    require(CHROMIUM.exists(), "no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = context_of(browser, service.settings["PINGPILOT_PUBLIC_URL"], look)
        opened = context.new_page()
        complaints: list[str] = []
        opened.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        device = context.new_cdp_session(opened)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        yield opened
        browser.close()
        assert complaints == []


def sign_up(page: Page) -> None:
    page.goto("/sign-up")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def give_password(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/sign-out")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def code_of(secret: str, steps: int = 0) -> str:
    """Return what an app shows, or will in so many time steps. Source: RFC 6238."""
    digest = hmac.new(
        base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1
    ).digest()
    start = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def give_code(page: Page, code: str) -> None:
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Continue").click()


def set_up_app(page: Page) -> tuple[str, str]:
    """Set an authenticator app up, and return its secret and a recovery code."""
    page.goto("/dashboard/account-settings")
    page.get_by_role("link", name="Set up an authenticator app").click()
    picture = page.get_by_role("img", name="The picture holds the key below.")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0
    link = page.locator("a[href^='otpauth:']").get_attribute("href")
    found = re.search(r"secret=([A-Z2-7]+)", link or "")
    assert found is not None
    page.get_by_label("Authenticator code").fill(code_of(found[1]))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return found[1], page.locator(".codes li").first.inner_text()


@pytest.mark.parametrize("look", PAIRS, ids=str, indirect=True)
def test_a_code_or_a_recovery_code_is_asked_for_after_the_password(page: Page, service: Service):
    service.start()
    sign_up(page)
    secret, spare = set_up_app(page)
    sign_out(page)
    give_password(page)
    give_code(page, spare)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
    page.goto("/dashboard/account-settings")
    expect(page.get_by_text("9 left")).to_be_visible()

    sign_out(page)
    give_password(page)
    give_code(page, spare)
    expect(page.get_by_text("This code is not right")).to_be_visible()
    give_code(page, code_of(secret, 1))
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


@pytest.mark.parametrize("look", WITH_SCRIPT, ids=str, indirect=True)
def test_a_passkey_is_made_and_signs_in_without_the_password_and_after_it(page: Page, service: Service):
    service.start()
    sign_up(page)
    page.goto("/dashboard/account-settings")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Ada’s laptop")
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()

    sign_out(page)
    page.goto("/sign-in?next=/dashboard/channels")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Channels", exact=True)).to_be_visible()

    sign_out(page)
    give_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    page.goto("/reauthenticate?next=/dashboard/account-settings")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Create the passkey").click()
    expect(page.get_by_text("This device has a passkey for your account already.")).to_be_visible()


@pytest.mark.parametrize("look", PAIRS, ids=str, indirect=True)
def test_an_issuer_signs_a_newcomer_in(page: Page, service: Service):
    with running_issuer(email=EMAIL, email_verified=True, name="Ada Lovelace") as issuer:
        service.settings["PINGPILOT_OIDC_ISSUER"] = issuer.url
        service.settings["PINGPILOT_OIDC_CLIENT_ID"] = CLIENT_ID
        service.settings["PINGPILOT_OIDC_CLIENT_SECRET"] = CLIENT_SECRET
        service.settings["PINGPILOT_OIDC_LABEL"] = "Acme ID"
        service.start()
        page.goto("/sign-up")
        page.get_by_role("button", name="Continue with Acme ID").click()
        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        page.goto("/dashboard/account-settings")
        expect(page.get_by_text("Opens your account.")).to_be_visible()
