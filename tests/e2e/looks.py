"""How a browser may look at PingPilot: phone or desk, light or dark, with script or without."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.servers.service import Service

PATIENCE_MS = 20_000
SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 860}}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Look:
    """One of the eight."""

    size: str
    scheme: Scheme
    has_script: bool

    def __str__(self) -> str:
        """Return it as the id of a test."""
        return f"{self.size}, {self.scheme}, {'script' if self.has_script else 'no script'}"

    @property
    def slug(self) -> str:
        """The same for an address."""
        return str(self).replace(", ", "-").replace(" ", "-")


LOOKS: Sequence[Look] = [Look(*one) for one in product(SIZES, SCHEMES, (True, False))]
PAIRS: Sequence[Look] = [
    one for one in LOOKS if ((one.size == "phone") + (one.scheme == "light") + one.has_script) % 2 == 1
]
"""Four of them, in which each size meets each scheme, and each of both is seen with script and without."""


def context_of(browser: Browser, url: str, look: Look) -> BrowserContext:
    """Return a browser that nobody has used, for the pages of a service."""
    context = browser.new_context(
        base_url=url,
        viewport=SIZES[look.size],
        color_scheme=look.scheme,
        java_script_enabled=look.has_script,
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return context


@contextmanager
def looking(browser: Browser, service: Service, look: Look) -> Iterator[Page]:
    """Give a page of a browser that nobody has used; fails when a script of ours breaks."""
    context = context_of(browser, service.url, look)
    page, broken = context.new_page(), list[str]()
    page.on("pageerror", lambda error: broken.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert broken == []


def fits(page: Page) -> bool:
    """Tell whether nothing sticks out of the page to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
