"""A day with PingPilot on a phone and a desk, light and dark, with script and without: the same journey each time."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.looks import LOOKS, Look, fits, looking
from tests.e2e.test_screens import PASSWORD, browser
from tests.servers.ports import wait_until
from tests.servers.service import Service, Workspace

__all__ = ["browser"]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest.fixture
def shop(shared_service: Service, look: Look) -> Workspace:
    return shared_service.workspace(f"{look.slug}@example.com", password=PASSWORD)


@pytest.fixture
def page(browser: Browser, shared_service: Service, look: Look, shop: Workspace) -> Iterator[Page]:
    """The dashboard, signed in."""
    with looking(browser, shared_service, look) as opened:
        opened.goto("/sign-in")
        opened.fill("[name=login]", shop.email)
        opened.fill("[name=password]", PASSWORD)
        opened.click("main [type=submit]")
        opened.wait_for_url("**/dashboard")
        yield opened


def test_a_day(page: Page, shared_service: Service, shop: Workspace, look: Look):
    make_a_category(page)
    event = report(page, shared_service, shop, look)
    look_for_it(page, look)
    read_its_receipt(page, event)
    mute_and_take_it_back(page)
    set_up_a_channel(page)
    page.goto("/dashboard/api-key")
    page.get_by_role("region", name="Primary key").get_by_role("button", name="Reveal").click()
    expect(page.locator("#whole-key")).to_have_text(shop.key)
    assert fits(page)
    page.goto("/sign-out")
    page.click("main [type=submit]")
    page.goto("/dashboard")
    expect(page).to_have_url(f"{shared_service.url}/sign-in?next=/dashboard")


def make_a_category(page: Page) -> None:
    """First with a name that is none: what was typed stays, and the field says what is right."""
    page.get_by_role("link", name="New category").first.click()
    page.get_by_label("Name").fill("New Sale")
    page.get_by_role("button", name="Create category").click()
    expect(page.locator("main")).to_contain_text("can only contain letters, numbers or hypens.")
    expect(page.get_by_label("Name")).to_have_value("New Sale")
    assert fits(page)
    page.get_by_label("Name").fill("sale")
    page.get_by_role("button", name="Create category").click()
    expect(page.get_by_text("Listening for events…")).to_be_visible()
    assert fits(page)


def report(page: Page, service: Service, shop: Workspace, look: Look) -> str:
    """Report an event; the page turns over by itself where there is script, and is loaded again where there is none."""
    fields = {"amount": 99.9, "seats": 0, "renewal": False}
    answer = service.post(shop.key, {"category": "sale", "description": "A hat for Jane", "fields": fields})
    assert answer.status == 200
    if not look.has_script:
        page.reload()
    expect(page.get_by_text("A hat for Jane").first).to_be_visible()
    expect(page.get_by_role("region", name="Events", exact=True)).to_contain_text("99.9")
    assert fits(page)
    return str(answer.json["eventId"])


def look_for_it(page: Page, look: Look) -> None:
    """Search, keep the search under a name, open it, and remove it."""
    page.goto("/dashboard/events?category=sale&status=DELIVERED")
    page.locator("summary", has_text="Save filter").press("Enter")
    page.get_by_label("Name", exact=True).fill("Sold")
    page.get_by_role("button", name="Save", exact=True).press("Enter")
    kept = page.get_by_role("navigation", name="Saved filters")
    expect(kept.get_by_role("link", name="Sold")).to_have_attribute("aria-current", "page")
    kept.get_by_role("link", name="All events").press("Enter")
    page.fill("#search-words", "nothing of the kind")
    page.press("#search-words", "Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    kept.get_by_role("link", name="Sold").press("Enter")
    expect(page.get_by_text("A hat for Jane").first).to_be_visible()
    assert fits(page)
    page.go_back()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.go_forward()
    kept.get_by_role("button", name="Remove the filter Sold").press("Enter")
    expect(kept).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(kept.get_by_role("link", name="Sold")).to_be_visible()


def read_its_receipt(page: Page, event: str) -> None:
    page.locator(f'a[href$="/dashboard/events/{event}"]').first.click()
    expect(page.get_by_role("region", name="Deliveries")).to_be_visible()
    expect(page.locator("main")).to_contain_text("seats")
    assert fits(page)


def mute_and_take_it_back(page: Page) -> None:
    page.goto("/dashboard/category/sale")
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()


def set_up_a_channel(page: Page) -> None:
    """First wrongly, then rightly; its test arrives nowhere, and the page says so."""
    page.goto("/dashboard/channels/add/webhook")
    page.get_by_label("URL").fill("ftp://example.com/in")
    page.locator("main form [type=submit]").first.click()
    expect(page.get_by_label("URL")).to_have_value("ftp://example.com/in")
    assert fits(page)
    page.get_by_label("URL").fill("http://127.0.0.1:9/closed")
    page.locator("main form [type=submit]").first.click()
    expect(page.get_by_text("whsec_").first).to_be_visible()
    assert fits(page)
    page.goto("/dashboard/channels")
    expect(page.locator("main")).to_contain_text("Webhook")
    assert fits(page)
    wait_until(lambda: "127.0.0.1" in page.content(), "the channel is listed")
