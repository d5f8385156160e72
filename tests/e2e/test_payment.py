"""A plan bought in a real browser, from the free one and back to it: checkout, portal, the end of the period."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.test_screens import DESK, HUES, PASSWORD, PHONE, audited, axe, browser
from tests.servers.ports import wait_until
from tests.servers.service import Install, Service
from tests.servers.stripe.server import KEY, SECRET, FakeStripe, running_stripe

__all__ = ["axe", "browser"]

PATIENCE_MS = 30_000
PLAN = "/dashboard/upgrade"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def stripe() -> Iterator[FakeStripe]:
    with running_stripe() as fake:
        yield fake


@pytest.fixture(scope="module")
def service(install: Install, stripe: FakeStripe, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that sells plans."""
    with install(tmp_path_factory.mktemp("payment"), stripe.settings) as made:
        made.secrets |= {KEY, SECRET}
        stripe.teller.hook_url = f"{made.url}/hooks/stripe"
        yield made.start()


def signed_in(browser: Browser, service: Service, email: str, **how: object) -> Page:
    """Return a page of somebody who is signed in and has the free plan."""
    service.workspace(email, "free", PASSWORD)
    context = browser.new_context(base_url=service.url, **how)  # type: ignore[arg-type] # as playwright takes them
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.goto(PLAN)
    return page


def shows(page: Page, text: str) -> None:
    """Wait until the plan's page says something, looking again and again: it needs no script."""

    def is_shown() -> bool:
        page.goto(PLAN)
        return text in page.inner_text("main")

    wait_until(is_shown, f"the page says “{text}”", 30)


def buy(page: Page, label: str) -> None:
    """Buy a plan, and come back."""
    page.get_by_role("button", name=label).click()
    expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    page.get_by_role("button", name="Pay and subscribe").click()
    expect(page.locator(".head")).to_contain_text("is on Pro")


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_from_free_to_pro_and_back(browser: Browser, service: Service, stripe: FakeStripe, has_script: bool):
    page = signed_in(browser, service, f"buyer.{has_script}@example.com".lower(), java_script_enabled=has_script)
    expect(page.locator(".head")).to_contain_text("is on Free")
    buy(page, "Buy Pro for $29 a month")
    expect(page.locator("main")).to_contain_text("of 1,000")

    page.get_by_role("button", name="Manage the subscription").click()
    expect(page.get_by_role("heading", name="Your subscriptions")).to_be_visible()
    page.get_by_role("button", name="Cancel at the end of the period").click()
    shows(page, "It is cancelled and ends on")
    expect(page.locator(".head")).to_contain_text("is on Pro")

    page.get_by_role("button", name="Manage the subscription").click()
    page.get_by_role("button", name="End the period now").click()
    shows(page, "is on Free")
    expect(page.get_by_role("button", name="Buy Pro for $29 a month")).to_be_visible()
    assert set(stripe.teller.statuses) == {200}
    page.context.close()


def test_a_plan_is_changed_and_a_failed_payment_is_told(browser: Browser, service: Service):
    page = signed_in(browser, service, "changer@example.com")
    buy(page, "Buy Pro for $96 a year")
    page.get_by_role("button", name="Change to Enterprise for $49 a month").click()
    page.get_by_role("button", name="Change to Enterprise").click()
    shows(page, "is on Enterprise")
    page.get_by_role("button", name="Manage the subscription").click()
    page.get_by_role("button", name="Let a payment fail").click()
    shows(page, "The last payment failed")
    expect(page.locator(".head")).to_contain_text("is on Enterprise")
    page.get_by_role("button", name="Manage the subscription").click()
    page.get_by_role("button", name="Let it be paid").click()
    shows(page, "It renews on")
    page.context.close()


def test_the_page_after_the_checkout_waits_for_stripe_and_then_goes_on(
    browser: Browser, service: Service, stripe: FakeStripe
):
    page = signed_in(browser, service, "waiter@example.com")
    stripe.is_silent = True
    page.get_by_role("button", name="Buy Pro for $29 a month").click()
    page.get_by_role("button", name="Pay and subscribe").click()
    expect(page.get_by_role("heading", name="Your payment is being confirmed")).to_be_visible()
    stripe.is_silent = False
    stripe.flush()
    expect(page.locator(".head")).to_contain_text("is on Pro")
    page.context.close()


def test_while_stripe_is_down_the_page_says_so(browser: Browser, service: Service, stripe: FakeStripe):
    page = signed_in(browser, service, "unlucky@example.com")
    stripe.is_down = True
    page.get_by_role("button", name="Buy Pro for $29 a month").click()
    expect(page.locator(".toasts")).to_contain_text("Nothing was bought or changed")
    expect(page.locator(".head")).to_contain_text("is on Free")
    stripe.is_down = False
    page.context.close()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")], ids=["phone, light", "desk, dark"])
def test_the_pages_of_paying_read_well(browser: Browser, service: Service, axe: str, size, scheme):
    look = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    page = signed_in(browser, service, f"looker.{scheme}@example.com", **look)
    only = HUES if scheme == "dark" else None
    assert not any(audited(page, [PLAN], axe, only).values())
    buy(page, "Buy Pro for $29 a month")
    assert not any(audited(page, [PLAN], axe, only).values())
    page.context.close()
