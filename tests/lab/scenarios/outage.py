"""One provider answers nothing, then refuses every connection: what the others notice."""

import time

from tests.lab.accounting import Account, percentile
from tests.lab.clock import Clock
from tests.lab.fault import Fault, Kind
from tests.lab.ground import Ground, Site
from tests.lab.hurry import hurry
from tests.lab.table import Row
from tests.lab.verdict import row

OUT = "telegram"
BEFORE_S, HANG_S, SHUT_S = 20.0, 30.0, 30.0
QUICK = 20.0
"""How many times shorter a quick run is."""
RATE = 30
FACTOR_MAX, NORMAL_MIN_S = 2.0, 0.0125
"""The others' p99 during the outage, of what it was before. A normal one of less than half of 25 ms counts as that.

Source: the goals of an idle instance; below them it is the machine's own noise that is measured.
"""


def run(ground: Ground) -> list[Row]:
    """Let it fail, heal, and see whether all comes through."""
    begun = time.monotonic()
    factor = 1 / QUICK if ground.is_quick else 1
    clock = Clock(ground.folder / "outage-clock")
    with ground.site("outage", clock.settings) as site:
        site.service.start()
        with site.reporting("out", RATE) as load:
            load.wait_for(1)
            time.sleep(BEFORE_S * factor)
            out_at = time.monotonic()
            for kind, seconds in ((Kind.HANG, HANG_S), (Kind.SHUT, SHUT_S)):
                site.remotes[OUT].tell(Fault(kind))
                time.sleep(seconds * factor)
            load.end()
        site.heal()
        is_at_rest = hurry(site, clock)
        found = site.account(load.accepted)
        before, during = (
            _waits(site, found, [mark for mark, at in load.accepted.items() if (at < out_at) is is_before])
            for is_before in (True, False)
        )
        normal, meanwhile = percentile(before, 99), percentile(during, 99)
        is_late = not ground.is_quick and meanwhile > FACTOR_MAX * max(normal, NORMAL_MIN_S)
        besides = (
            f"{OUT} out for {(HANG_S + SHUT_S) * factor:.0f} s; others' p50 {_ms(before, 50)} → {_ms(during, 50)} ms, "
            f"p99 {_ms(before, 99)} → {_ms(during, 99)} ms"
        )
        return [
            row(
                "outage", begun, site, load,
                is_at_rest=is_at_rest,
                others_p99_s=meanwhile,
                besides=besides,
                broken=["the others' p99 is more than twice its normal value"] if is_late else [],
            )
        ]  # fmt: skip


def _waits(site: Site, found: Account, marks: list[str]) -> list[float]:
    """Return how long the others' deliveries of some events took."""
    wanted = set(marks)
    pks = [pk for pk, outlet in site.outlets.items() if outlet.provider != OUT]
    return [wait for pk in pks for mark, wait in found.waits[pk].items() if mark in wanted]


def _ms(waits: list[float], percent: float) -> str:
    return f"{percentile(waits, percent) * 1000:.0f}"
