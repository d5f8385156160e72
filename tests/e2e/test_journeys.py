"""An account and its keys in a real browser: from sign-up to the end of the account, and a key replaced under load.

Passkeys, codes and an issuer: test_ways_in. Invitations and the switch between workspaces: test_workspaces.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.looks import PAIRS, Look, fits, looking
from tests.e2e.test_screens import PASSWORD, browser
from tests.servers.mailbox import Mailbox, running_mailbox
from tests.servers.ports import wait_until
from tests.servers.service import Service

__all__ = ["browser"]

NEW_PASSWORD = "another horse battery"
SALE = {"category": "sale"}

pytestmark = pytest.mark.timeout(180)


@dataclass
class Flow:
    """Events that are sent one after the other, with whatever key is the right one."""

    service: Service
    key: str
    statuses: list[int] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        is_over = threading.Event()

        def send() -> None:
            while not is_over.wait(0.02):
                self.statuses.append(self.service.post(self.key, SALE).status)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            yield
        finally:
            is_over.set()
            sender.join(30)

    def goes_on(self) -> None:
        """Wait until some more were sent."""
        count = len(self.statuses)
        wait_until(lambda: len(self.statuses) > count + 3, "events flow")


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with running_mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def service(mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that sends mails."""
    made = Service(tmp_path_factory.mktemp("journeys"), starts_within_s=180)
    made.settings["PINGPILOT_SMTP_URL"] = mailbox.url
    made.start()
    yield made
    assert made.stop() == 0
    assert not made.leaked(), "the log holds a secret"


@pytest.fixture(params=PAIRS, ids=str)
def look(request: pytest.FixtureRequest) -> Look:
    chosen: Look = request.param
    return chosen


@pytest.fixture
def page(browser: Browser, service: Service, look: Look) -> Iterator[Page]:
    """A page of a browser that nobody has used."""
    with looking(browser, service, look) as opened:
        yield opened


def mailed(mailbox: Mailbox, to: str, path: str) -> str:
    """Return the last link of a kind that an address was sent, once it is there."""

    def links() -> list[str]:
        bodies = [mail.get_body(("plain",)) for mail in mailbox.mails if mail["To"] == to]
        return [found for body in bodies if body for found in re.findall(rf"http\S+{path}\S+", body.get_content())]

    wait_until(links, f"{to} is sent a link to {path}", 20)
    return links()[-1]


def submit(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.fill(f"main [name={name}]", value)
    page.locator("main [type=submit]").first.click()


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in")
    submit(page, login=email, password=password)


def test_an_account_from_its_beginning_to_its_end(page: Page, mailbox: Mailbox, look: Look):
    email, another = f"grace-{look.slug}@example.com", f"hopper-{look.slug}@example.com"
    page.goto("/sign-up")
    assert fits(page)
    submit(page, email=email, password1=PASSWORD)
    page.goto(mailed(mailbox, email, "/verify-email/"))
    submit(page)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    page.goto("/sign-out")
    submit(page)
    page.goto("/forgot")
    submit(page, email=email)
    expect(page.get_by_role("heading", name="Check your inbox")).to_be_visible()
    page.goto(mailed(mailbox, email, "/reset/"))
    submit(page, password1=NEW_PASSWORD, password2=NEW_PASSWORD)
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    sign_in(page, email, NEW_PASSWORD)
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    page.goto("/dashboard/account-settings/email")
    submit(page, email=another)
    page.goto(mailed(mailbox, another, "/dashboard/account-settings/email/"))
    submit(page)
    expect(page.get_by_text(f"Your e-mail address is now {another}")).to_be_visible()
    assert mailed(mailbox, email, "/dashboard/account-settings/email-undo/")
    expect(page.get_by_role("region", name="Activity")).to_contain_text("changed the e-mail address")

    page.get_by_role("link", name="Delete…").click()
    submit(page, email=another)
    expect(page.locator("main")).to_contain_text("deleted")
    sign_in(page, another, NEW_PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("not correct")


def test_a_key_is_replaced_while_events_flow_without_one_of_them_refused(page: Page, service: Service, look: Look):
    made = service.workspace(f"ada-{look.slug}@example.com", password=PASSWORD)
    service.category(made)
    sign_in(page, made.email, PASSWORD)
    page.wait_for_url("**/dashboard")
    page.goto("/dashboard/api-key")
    page.get_by_role("region", name="Primary key").get_by_role("button", name="Reveal").click()
    expect(page.locator("#whole-key")).to_have_text(made.key)

    flow = Flow(service, made.key)
    with flow.running():
        page.goto("/dashboard/api-key/regenerate")
        page.get_by_role("radio", name="In 1 hour").check()
        submit(page)
        expect(page.get_by_text("The old one works until")).to_be_visible()
        flow.goes_on()
        new = page.locator("#whole-key").inner_text()
        service.secrets.add(new)
        flow.key = new
        flow.goes_on()
        page.get_by_role("region", name="Replaced, and still valid").get_by_role("link").click()
        page.get_by_role("button", name="Revoke").click()
        expect(page.get_by_text("does not work any more")).to_be_visible()
        flow.goes_on()
    assert set(flow.statuses) == {200}
    wait_until(lambda: service.post(made.key, SALE).status == 401, "the old key is dead", 2)


def test_a_named_key_is_made_shown_replaced_and_revoked_by_mouse(page: Page, service: Service, look: Look):
    made = service.workspace(f"joan-{look.slug}@example.com", password=PASSWORD)
    service.destination(made, "email", f"to={made.email}")
    sign_in(page, made.email, PASSWORD)
    page.wait_for_url("**/dashboard")
    page.goto("/dashboard/api-key/new")
    submit(page, name="Billing")
    text = page.locator("#made-key").inner_text()
    page.get_by_role("link", name="Hide").click()
    more = page.get_by_role("region", name="More keys")
    more.get_by_role("button", name="Reveal").click()
    expect(page.locator("#made-key")).to_have_text(text)
    more.get_by_role("link", name="Regenerate…").click()
    page.get_by_role("radio", name="At once").check()
    submit(page)
    new = page.locator("#made-key").inner_text()
    assert new != text
    service.secrets |= {text, new}
    more.get_by_role("link", name="Revoke…").click()
    page.get_by_role("button", name="Revoke").click()
    expect(more).not_to_contain_text("Billing")
    page.get_by_role("button", name="Send test event").click()
    result = page.get_by_role("region", name="Result of the test")
    expect(result).to_be_visible()
    wait_until(lambda: is_delivered(page, look), "the result is shown", 30)


def is_delivered(page: Page, look: Look) -> bool:
    """Tell whether the test has arrived, as the page says by itself; without script it is loaded again."""
    if not look.has_script:
        page.reload()
    return "Delivered" in page.get_by_role("region", name="Result of the test").inner_text()
