"""SIGTERM under load, with one provider slow and one silent."""

import time

from tests.lab.fault import Fault, Kind
from tests.lab.ground import Ground
from tests.lab.table import Row
from tests.lab.verdict import row

RATE = 60
AROUND = 60
"""Events accepted before, and again after."""
WITHIN_S = 25
"""Source: SPEC section 11."""
REST_S = 90


def run(ground: Ground) -> list[Row]:
    """Stop and start under load; heal, and see whether all comes through."""
    begun = time.monotonic()
    with ground.site("stop") as site:
        site.service.start()
        site.remotes["slack"].tell(Fault(Kind.WELL, seconds=2))
        if not ground.is_quick:
            site.remotes["webhook"].tell(Fault(Kind.HANG), "/b")
        with site.reporting("sto", RATE) as load:
            load.wait_for(AROUND)
            stopped_at = time.monotonic()
            code = site.service.stop(60)
            seconds = time.monotonic() - stopped_at
            site.service.start()
            load.wait_for(AROUND)
            load.end()
        site.heal()
        is_at_rest = site.rest(REST_S)
        broken = [f"exit code {code}"] if code else []
        broken += [f"the stop took {seconds:.0f} s"] if seconds > WITHIN_S else []
        besides = f"stopped in {seconds:.1f} s"
        return [row("stop", begun, site, load, is_at_rest=is_at_rest, besides=besides, broken=broken)]
