"""One workspace has a hundred thousand deliveries waiting for addresses that hang; another must not notice."""

import time

from tests.lab.accounting import percentile
from tests.lab.backlog import Backlog, lay
from tests.lab.ground import Ground, Site
from tests.lab.outlets import ELSEWHERE
from tests.lab.reporting import Reporting
from tests.lab.table import Row
from tests.lab.verdict import row

WAITING, WAITING_QUICK = 100_000, 3_000
ADDRESSES_MANY = 100
LOAD_S, LOAD_QUICK_S = 8.0, 1.5
RATE = 20
LATE_S = 1.0


def run(ground: Ground) -> list[Row]:
    """Once with one address that hangs, once with many, on a host where the neighbour has addresses, too."""
    waiting = WAITING_QUICK if ground.is_quick else WAITING
    many = _beside("neighbours: many hang", ground, Backlog(waiting, 1, ADDRESSES_MANY, "webhook"))
    if ground.is_quick:
        return [many]
    return [_beside("neighbours: one hangs", ground, Backlog(waiting, 1, 1, ELSEWHERE)), many]


def _beside(name: str, ground: Ground, backlog: Backlog) -> Row:
    begun = time.monotonic()
    with ground.site(f"neighbours-{backlog.addresses}") as site:
        count = lay(site, backlog)
        site.service.start()
        with site.reporting("nei", RATE) as load:
            load.wait_for(1)
            time.sleep(LOAD_QUICK_S if ground.is_quick else LOAD_S)
            load.end()
        is_at_rest = site.rest(60)
        besides = f"{count:,} wait for {backlog.addresses} that hang"
        return judged(name, begun, site, load, besides, ground, is_at_rest=is_at_rest)


def judged(
    name: str, begun: float, site: Site, load: Reporting, besides: str, ground: Ground, *, is_at_rest: bool
) -> Row:
    """Sum up, with what came too late unless times are not judged."""
    waits = [wait for found in site.account(load.accepted).waits.values() for wait in found.values()]
    late = sum(wait > LATE_S for wait in waits)
    broken = [f"{late} deliveries of the neighbour came later than {LATE_S:.0f} s"] if late else []
    return row(
        name, begun, site, load,
        is_at_rest=is_at_rest,
        others_p99_s=percentile(waits, 99),
        besides=f"{besides}; slowest of the neighbour {max(waits, default=0) * 1000:,.0f} ms",
        broken=[] if ground.is_quick else broken,
    )  # fmt: skip
