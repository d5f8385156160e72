"""``make screenshots``: every page, on a phone and a desk, light and dark, as pictures in ``artifacts/screens``.

Look at each. ``ARGS=--readme`` takes the few that the README shows, and nothing else; ``ARGS="--only plan"`` those
whose name has a word in it. Says which pages stick out of the screen, and which break a script.
"""

import argparse
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.screenshots.pages import BROKEN, IN_README, NEW, OWN, PUBLIC, SECURED, VIEWED, handbook
from tests.screenshots.people import enter_as_viewer, secure, signed_in
from tests.screenshots.shop import EMAIL, NEWCOMER, VIEWER, filled, taker
from tests.servers.service import Service

ROOT = Path(__file__).parents[2]
SCREENS, README = ROOT / "artifacts" / "screens", ROOT / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 860}}


@dataclass
class Camera:
    """Takes the pictures that are wanted, and notes what is wrong with their pages."""

    word: str = ""
    is_for_readme: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Return where the pictures go."""
        return README if self.is_for_readme else SCREENS

    def shoot(self, page: Page, name: str, path: str, look: str) -> None:
        """Take a page as a whole, or for the README what a screen shows of it."""
        if self.is_for_readme and (name, look) in IN_README:
            page.goto(path)
            page.screenshot(path=self.folder / f"{name}.jpeg", type="jpeg", quality=82)
        elif not self.is_for_readme and self.word in name:
            page.goto(path)
            page.screenshot(path=self.folder / f"{name}-{look}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                self.faults.append(f"{name}-{look}: sticks out")


def main() -> None:
    """Start a service of its own, fill it, and take the pictures."""
    camera = _asked_for()
    camera.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pingpilot-screens-") as folder, taker() as port:
        service = Service(Path(folder), starts_within_s=300).start()
        try:
            named = filled(service, f"http://127.0.0.1:{port}/pings")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
                take(browser, service, named, camera)
                browser.close()
        finally:
            service.stop()
    print("\n".join([*camera.faults, f"Pictures are in {camera.folder.relative_to(ROOT)}. Look at each."]))


def _asked_for() -> Camera:
    parser = argparse.ArgumentParser(prog="make screenshots")
    parser.add_argument("--readme", action="store_true", help="those of the README")
    parser.add_argument("--only", default="", metavar="WORD", help="those with this word in their names")
    asked = parser.parse_args()
    return Camera(asked.only, asked.readme)


def take(browser: Browser, service: Service, named: Mapping[str, object], camera: Camera) -> None:
    """Take every page in every look; at last those of a service that is broken."""
    owner, newcomer = (signed_in(browser, service, email) for email in (EMAIL, NEWCOMER))
    viewer = enter_as_viewer(browser, service, VIEWER, str(named["viewer"]))
    [(member,)] = service.rows("SELECT max(id) FROM store_membership WHERE workspace_id = ?", named["workspace"])
    named = {**named, "member": member}
    sets = [(None, PUBLIC), (None, handbook()), (owner, OWN), (newcomer, NEW), (viewer, VIEWED)]
    _take_sets(browser, service, named, camera, [*sets, (secure(browser, service, VIEWER), SECURED)])
    service.rows("ALTER TABLE store_savedfilter RENAME TO store_gone")
    _take_sets(browser, service, named, camera, [(owner, BROKEN)])


def _take_sets(
    browser: Browser,
    service: Service,
    named: Mapping[str, object],
    camera: Camera,
    sets: list[tuple[Any, Mapping[str, str]]],
) -> None:
    for size, viewport in SIZES.items():
        for scheme in ("light", "dark"):
            look: Any = {"viewport": viewport, "color_scheme": scheme, "reduced_motion": "reduce"}
            for state, paths in sets:
                context = browser.new_context(**look, base_url=service.url, storage_state=state)
                page = context.new_page()
                page.on("pageerror", lambda error: camera.faults.append(str(error)))
                for name, path in paths.items():
                    camera.shoot(page, name, path.format(**named), f"{size}-{scheme}")
                context.close()


if __name__ == "__main__":
    main()
