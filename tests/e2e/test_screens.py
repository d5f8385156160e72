"""Every page in a real browser, on a phone and a desk, light and dark: nothing unreadable, too small, or refused."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.parts import require
from tests.servers.service import Service, Workspace

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
FOUND_BY_AXE = """
async (only) => (await axe.run(only ? { runOnly: only } : {})).violations
  .map((rule) => `${rule.id}: ${rule.nodes[0].html.slice(0, 100)}`)
"""
HUES = ["color-contrast"]
"""What of it depends on the scheme: the rest is looked at once."""
AUDIT = (Path(__file__).parent / "test_screens_audit.js").read_text("utf-8")
PASSWORD = "correct horse battery"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 860}
NOT_FOUND = {"/unsubscribe/unknown"}
NOT_FOUND_SAID = "the server responded with a status of 404"
"""What the browser complains of where a page says that there is nothing."""
PUBLIC = (
    "/",
    "/sign-up",
    "/sign-in",
    "/forgot",
    "/dashboard/channels/confirm/unknown",
    "/unsubscribe/unknown",
    "/verify-email",
)
OWN = (
    "/dashboard",
    "/dashboard/_design",
    "/dashboard/new-category",
    "/dashboard/category/sale",
    "/dashboard/category/sale?range=custom&from=2026-01-01&to=2026-12-31&q=x&field=amount&is=gt&value=1",
    "/dashboard/category/new",
    "/dashboard/category/sale/edit",
    "/dashboard/category/sale/delete",
    "/dashboard/events",
    "/dashboard/events?status=FAILED&category=sale",
    "/dashboard/events/{event}",
    "/dashboard/upgrade",
    "/dashboard/api-key",
    "/dashboard/api-key/regenerate",
    "/dashboard/channels",
    "/dashboard/channels/{destination}",
    "/dashboard/channels/{destination}/rotate",
    "/dashboard/channels/add/webhook",
    "/dashboard/channels/add/push",
    "/dashboard/workspace",
    "/dashboard/workspace/invite",
    "/dashboard/workspace/members/{member}",
    "/dashboard/workspace/members/{member}/remove",
    "/dashboard/workspace/log",
    "/dashboard/workspace/transfer",
    "/dashboard/workspace/delete",
    "/dashboard/workspaces/new",
    "/join/{token}",
    "/dashboard/account-settings",
    "/dashboard/account-settings/activity",
    "/dashboard/account-settings/password",
    "/dashboard/account-settings/email",
    "/dashboard/account-settings/two-factor/app",
    "/dashboard/account-settings/delete",
    "/reauthenticate",
    "/sign-out",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "no Chromium: apt install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core, as it comes from its makers."""
    require(find_spec("axe_playwright_python") is not None, "no axe-core: make, with the locked packages")
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def pages(shared_service: Service) -> list[str]:
    """A workspace with something on every page; returns the paths."""
    made = shared_service.workspace("screens@example.com", password=PASSWORD)
    for name in ("sale", "new"):
        shared_service.category(made, name)
    destination = shared_service.destination(made, "webhook", "url=http://127.0.0.1:9/closed")
    fields = {"plan": "x" * 300, "amount": 99.5, "seats": 0, "renewal": False, "note": ""}
    answer = shared_service.post(made.key, {"category": "sale", "description": "<b>bold</b>", "fields": fields})
    invited = shared_service.json("workspaces", "invite", "invited@example.com", "--workspace", str(made.id))
    shared_service.rows(
        "INSERT INTO store_savedfilter (workspace_id, name, query, created_at)"
        " SELECT id, 'Failed sales', 'status=FAILED&category=sale', created_at FROM store_workspace WHERE id = ?",
        made.id,
    )
    named = {
        "event": answer.json["eventId"],
        "destination": destination["destinationId"],
        "member": colleague_of(shared_service, made),
        "token": invited["link"].rpartition("/")[2],
    }
    return [path.format(**named) for path in OWN]


def colleague_of(service: Service, workspace: Workspace) -> int:
    """Put another person into a workspace; returns the number of the membership."""
    service.workspace("a.colleague.with.a.long.address@example.com")
    service.rows(
        "INSERT INTO store_membership (workspace_id, user_id, role, created_at)"
        " SELECT ?, id, 'member', date_joined FROM store_user WHERE email LIKE 'a.colleague%'",
        workspace.id,
    )
    rows = service.rows("SELECT id FROM store_membership WHERE workspace_id = ? AND role = 'member'", workspace.id)
    return int(rows[0][0])


@pytest.fixture(scope="module")
def session(browser: Browser, shared_service: Service, pages: list[str]) -> object:
    """The cookies of a signed-in user."""
    context = browser.new_context(base_url=shared_service.url)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", "screens@example.com")
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone, light", "desk, dark"])
def test_every_screen_reads_well(browser, axe, shared_service, pages, session, size, scheme):
    look = {"base_url": shared_service.url, "viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found: dict[str, list[str]] = {}
    for state, paths in ((None, PUBLIC), (session, pages)):
        context = browser.new_context(**look, storage_state=state)
        found |= audited(context.new_page(), paths, axe, HUES if scheme == "dark" else None)
        context.close()
    assert not {path: wrong for path, wrong in found.items() if wrong}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_deleting_asks_on_every_browser(browser, shared_service, session, pages, has_script):
    context = browser.new_context(base_url=shared_service.url, storage_state=session, java_script_enabled=has_script)
    page = context.new_page()
    page.goto("/dashboard/category/sale/edit")
    page.click("text=Delete…")
    question = page.locator("dialog form" if has_script else "main form")
    expect(question).to_contain_text("1 event")
    question.get_by_text("Cancel").click()
    expect(page.locator("dialog")).to_have_count(0)
    context.close()


def audited(page: Page, paths: Iterable[str], axe: str, only: list[str] | None) -> dict[str, list[str]]:
    """Return what is wrong with each page: what the audits find, and what the browser complains of."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    found = {}
    for path in paths:
        page.goto(path)
        page.evaluate(axe)
        said = [one for one in complaints if not (path in NOT_FOUND and NOT_FOUND_SAID in one)]
        found[path] = [*page.evaluate(AUDIT), *page.evaluate(FOUND_BY_AXE, only), *said]
        complaints.clear()
    return found
