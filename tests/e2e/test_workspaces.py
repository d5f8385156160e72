"""Several people and several workspaces, in a real browser, with script and without: from the invitation to the end."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.looks import PAIRS, looking
from tests.e2e.test_screens import ARGUMENTS, CHROMIUM, PASSWORD
from tests.parts import require
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "no Chromium: apt install chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_url("**/dashboard")


def invite(page: Page, email: str, role: str) -> str:
    """Invite somebody, and return the link to hand over."""
    page.goto("/dashboard/workspace")
    page.click("text=Invite")
    page.fill("[name=email]", email)
    page.check(f"[name=role][value={role}]")
    page.click("text=Make the link")
    return page.locator("#link").inner_text()


def join(page: Page, link: str, email: str) -> None:
    """Make an account by the link of an invitation, and join."""
    page.goto(link)
    page.click("text=Create an account")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASSWORD)
    page.click("main [type=submit]")
    page.click("main [type=submit] >> text=Join")
    expect(page.locator(".toast")).to_contain_text("Welcome to")


def delete(page: Page, name: str) -> None:
    page.goto("/dashboard/workspace/delete")
    expect(page.locator("main")).to_contain_text("Its key stops working at once")
    page.fill("main [name=name]", name)
    page.click("main [type=submit]")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("look", PAIRS, ids=str)
def test_a_workspace_is_shared_and_ended(browser, installation, look):
    service = installation.start()
    made = service.workspace("ada@example.com", password=PASSWORD)
    service.json("workspaces", "create", "ada@example.com", "--name", "Staging")
    service.category(made)
    assert service.post(made.key, {"category": "sale"}).status == 200
    with looking(browser, service, look) as ada, looking(browser, service, look) as grace:
        share_and_end(service, made, ada, grace)


def share_and_end(service: Service, made: Workspace, ada: Page, grace: Page) -> None:
    sign_in(ada, "ada@example.com")
    join(grace, invite(ada, "grace@example.com", "viewer"), "grace@example.com")
    expect(grace.locator("main >> text=New category")).to_have_count(0)
    grace.click(".switch > summary")
    grace.click(".switch__menu button >> text=grace’s workspace")
    expect(grace.locator("main >> text=New category")).to_have_count(1)

    delete(ada, "ada’s workspace")
    expect(ada.locator(".switch > summary")).to_contain_text("Staging")
    assert service.post(made.key, {"category": "sale"}).status == 401
    grace.goto(f"/dashboard?workspace={made.id}")
    expect(grace.locator("main")).to_contain_text("There is nothing here")
    wait_until(lambda: counts(service, made.id) == (0, 0), "everything is cleared away")


def counts(service: Service, workspace: int) -> tuple[int, int]:
    """Return how many workspaces of this id there are, and how many events at all."""
    (rows,) = service.rows("SELECT count(*) FROM store_workspace WHERE id = ?", workspace)
    (events,) = service.rows("SELECT count(*) FROM store_event")
    return rows[0], events[0]
