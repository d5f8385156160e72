"""The clock of the machine is set forward and back while events wait for their next try."""

import time
from datetime import UTC, datetime

from tests.lab.clock import Clock
from tests.lab.fault import Fault, Kind
from tests.lab.ground import Ground, Site
from tests.lab.hurry import hurry
from tests.lab.table import Row
from tests.lab.verdict import row

JUMPS_S = (3_600.0, -3_600.0, -7_200.0, 7_200.0, -1_800.0)
BETWEEN_S, BETWEEN_QUICK_S = 3.0, 0.6
RATE = 25
WAIT_MAX_S = 780.0
"""Nothing is tried more than five times here: 10 minutes, 20 % longer by chance, and what passes meanwhile."""
_LATEST = "SELECT max(due_at) FROM store_delivery WHERE state = 'PENDING'"


def run(ground: Ground) -> list[Row]:
    """Let one provider fail and another be slow while the clock jumps; heal, and see whether all comes through."""
    begun = time.monotonic()
    clock = Clock(ground.folder / "clock-clock")
    with ground.site("clock", clock.settings) as site:
        site.service.start()
        site.remotes["webhook"].tell(Fault(Kind.BROKEN), "/b")
        site.remotes["slack"].tell(Fault(Kind.WELL, seconds=2))
        with site.reporting("clo", RATE) as load:
            load.wait_for(1)
            for jump in JUMPS_S:
                time.sleep(BETWEEN_QUICK_S if ground.is_quick else BETWEEN_S)
                clock.jump(jump)
            load.wait_for(RATE)
            load.end()
        site.heal()
        longest = _longest_wait_s(site, clock)
        is_at_rest = hurry(site, clock)
        jumps = ", ".join(f"{jump / 60:+.0f}" for jump in JUMPS_S)
        broken = [f"a next try is {longest:.0f} s away"] if longest > WAIT_MAX_S else []
        besides = f"jumps of {jumps} min; the next try {longest:.0f} s away at most"
        return [row("clock", begun, site, load, is_at_rest=is_at_rest, besides=besides, broken=broken)]


def _longest_wait_s(site: Site, clock: Clock) -> float:
    """Return how long the last of those that wait has to, by the service's clock."""
    ((latest,),) = site.service.rows(_LATEST)
    if latest is None:
        return 0.0
    return datetime.fromisoformat(latest).replace(tzinfo=UTC).timestamp() - time.time() - clock.shift_s
