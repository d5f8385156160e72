"""The operator's pages and those of keys in a real browser, on a phone and a desk, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.test_screens import DESK, HUES, PASSWORD, PHONE, audited, axe, browser
from tests.servers.service import Service

__all__ = ["axe", "browser"]

PATHS = (
    "/admin",
    "/admin/workspaces",
    "/admin/users",
    "/admin/dead",
    "/admin/audit",
    "/dashboard/api-key",
    "/dashboard/api-key/new",
    "/dashboard/api-key/{key}/replace",
    "/dashboard/api-key/{key}/revoke",
)


@pytest.mark.timeout(180)
def test_every_screen_reads_well(browser: Browser, axe: str, installation: Service):
    made = installation.workspace("ada@example.com", password=PASSWORD)
    installation.start()
    installation.workspace("bob.with.a.long.name@example.com")
    bearer = {"Authorization": f"Bearer {made.key}", "Content-Type": "application/json"}
    body = b'{"name":"Billing on Hetzner","scopes":["events:write","events:read"],"expiresAt":"2100-01-01T00:00:00Z"}'
    key = installation.request("POST", "/api/v1/keys", body, bearer).json["id"]
    installation.rows("UPDATE store_key SET last_used_network = '203.0.113.0/24', last_used_at = created_at")
    state = signed_in(browser, installation)
    found: dict[tuple[str, str], list[str]] = {}
    for size, scheme in ((PHONE, "light"), (DESK, "dark")):
        look: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce", "storage_state": state}
        context = browser.new_context(base_url=installation.url, **look)
        wrong = audited(
            context.new_page(), [path.format(key=key) for path in PATHS], axe, HUES if scheme == "dark" else None
        )
        found |= {(path, scheme): said for path, said in wrong.items() if said}
        context.close()
    assert not found


def signed_in(browser: Browser, service: Service) -> Any:
    """Return the cookies of the operator."""
    context = browser.new_context(base_url=service.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", "ada@example.com")
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")
    state = context.storage_state()
    context.close()
    return state
