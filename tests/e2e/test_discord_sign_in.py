"""Connecting Discord in a real browser: to Discord, back, and the message that verifies by arriving."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.parts import require
from tests.servers.discord import CLIENT_ID, CLIENT_SECRET, TOKEN, Discord, running_discord
from tests.servers.service import Service

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
EMAIL, PASSWORD = "ada@example.com", "correct horse battery 42"
USER = "223456789012345678"
PATIENCE_MS = 15_000

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def discord() -> Iterator[Discord]:
    with running_discord() as server:
        server.person = {"id": USER, "username": "ada"}
        yield server


@pytest.fixture
def service(installation: Service, discord: Discord) -> Service:
    """By its name it is another site than Discord's number, as a browser sees it."""
    installation.settings |= {
        "PINGPILOT_PUBLIC_URL": f"http://localhost:{installation.port}",
        "PINGPILOT_DISCORD_BOT_TOKEN": TOKEN,
        "PINGPILOT_DISCORD_API_URL": discord.url,
        "PINGPILOT_DISCORD_CLIENT_ID": CLIENT_ID,
        "PINGPILOT_DISCORD_CLIENT_SECRET": CLIENT_SECRET,
    }
    return installation.start()


@pytest.fixture
def page(service: Service) -> Iterator[Page]:
    """A page that fails the test when the browser complains of anything."""
    require(CHROMIUM.exists(), "no Chromium: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_context(base_url=service.settings["PINGPILOT_PUBLIC_URL"]).new_page()
        opened.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        complaints: list[str] = []
        opened.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        yield opened
        browser.close()
        assert complaints == []


def test_an_owner_connects_discord_and_events_arrive(service: Service, discord: Discord, page: Page):
    workspace = service.workspace(EMAIL, password=PASSWORD)
    service.category(workspace)
    page.goto("/dashboard/channels/add/discord")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Connect Discord").click()
    expect(page.get_by_role("heading", name="@ada")).to_be_visible()
    expect(page.get_by_text("Active")).to_be_visible()
    assert discord.opened == [USER]
    assert "This message proves that the channel works" in discord.sent[0]["embeds"][0]["description"]
    assert service.post(workspace.key, {"category": "sale"}).status == 200
    discord.wait_for(2)
    assert not {secret for secret in (USER, CLIENT_SECRET, "token-of-code") if secret in service.log}
