"""A million deliveries wait: how long a start takes, how much memory they cost, and whether others notice."""

import time
from dataclasses import replace

from tests.lab.backlog import Backlog, lay
from tests.lab.ground import Ground
from tests.lab.outlets import ELSEWHERE
from tests.lab.processes import resident_bytes
from tests.lab.scenarios.neighbours import judged
from tests.lab.table import Row

WAITING, WAITING_QUICK = 1_000_000, 10_000
WORKSPACES, ADDRESSES = 20, 5
LOAD_S, LOAD_QUICK_S = 8.0, 1.5
RATE = 20
RESIDENT_MAX_BYTES, START_MAX_S = 300_000_000, 10.0


def run(ground: Ground) -> list[Row]:
    """Lay them, start, and report events of somebody else."""
    begun = time.monotonic()
    with ground.site("hoard") as site:
        waiting = WAITING_QUICK if ground.is_quick else WAITING
        count = lay(site, Backlog(waiting, WORKSPACES, ADDRESSES, ELSEWHERE))
        started_at = time.monotonic()
        site.service.start()
        start_s = time.monotonic() - started_at
        with site.reporting("hoa", RATE) as load:
            load.wait_for(1)
            time.sleep(LOAD_QUICK_S if ground.is_quick else LOAD_S)
            load.end()
        resident = resident_bytes(site.pid)
        is_at_rest = site.rest(60)
        besides = f"{count:,} wait; start {start_s:.1f} s, resident {resident / 1e6:.0f} MB"
        found = judged("hoard", begun, site, load, besides, ground, is_at_rest=is_at_rest)
    return [found if ground.is_quick else replace(found, broken=[*found.broken, *_broken(start_s, resident)])]


def _broken(start_s: float, resident: int) -> list[str]:
    return [
        *([f"a start took {start_s:.1f} s"] if start_s > START_MAX_S else []),
        *([f"resident memory is {resident / 1e6:.0f} MB"] if resident > RESIDENT_MAX_BYTES else []),
    ]
