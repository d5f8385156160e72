"""The handbook in a real browser: a page of each kind reads well, samples are copied as they are meant."""

import pytest
from playwright.sync_api import Browser, expect

from pingpilot.console.handbook import Handbook
from tests.e2e.test_screens import DESK, HUES, PHONE, audited, axe, browser
from tests.parts import require
from tests.servers.service import Service

__all__ = ["axe", "browser"]

PAGES = [
    f"/docs/{name}"
    for name in (
        *("", "quickstart/", "keys/", "settings/", "cli/", "proxy/", "measured/", "search/?q=webhook"),
        *("channels/", "channels/telegram/", "doors/github/", "clients/python/"),
    )
]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(autouse=True)
def _is_made() -> None:
    require(Handbook().is_made, "no handbook: `make site` makes it")


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone, light", "desk, dark"])
def test_every_kind_of_page_reads_well(browser: Browser, axe: str, shared_service: Service, size, scheme):
    context = browser.new_context(base_url=shared_service.url, viewport=size, color_scheme=scheme)
    found = audited(context.new_page(), PAGES, axe, HUES if scheme == "dark" else None)
    context.close()
    assert not {path: wrong for path, wrong in found.items() if wrong}


def test_of_a_session_the_commands_alone_are_copied(browser: Browser, shared_service: Service):
    context = browser.new_context(base_url=shared_service.url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/docs/quickstart/")
    sample = page.locator(".highlight-console", has_text="Someone bought PRO")
    sample.get_by_role("button", name="Copy").click()
    expect(sample.get_by_role("button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    context.close()
    assert copied.startswith(f"curl {shared_service.url}/api/v1/event \\\n")
    assert copied.endswith("'")
    assert "$ " not in copied
    assert "Event processed" not in copied
