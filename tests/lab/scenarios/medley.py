"""Everything at once on one installation: kills, a full disk, clock jumps and a stop, while every provider errs."""

import time
from collections.abc import Callable

from tests.lab.clock import Clock
from tests.lab.ground import Ground, Site
from tests.lab.hurry import hurry, revive
from tests.lab.scenarios.disk import limit
from tests.lab.scenarios.kills import kill_all, kill_writer
from tests.lab.scenarios.storms import all_weather, storm
from tests.lab.table import Row
from tests.lab.verdict import row

ROUNDS, ROUNDS_QUICK = 4, 1
BETWEEN, BETWEEN_QUICK = 10, 3
"""Changes of weather before each blow."""
FULL_S = 0.5
JUMP_S = 1_800.0
RATE = 25


def run(ground: Ground) -> list[Row]:
    """Strike blow after blow in a storm; heal, switch on and send again what was given up, and compare."""
    begun = time.monotonic()
    clock = Clock(ground.folder / "medley-clock")
    blows: tuple[Callable[[Site], object], ...] = (
        kill_writer,
        lambda _: clock.jump(JUMP_S),
        _fill,
        kill_all,
        lambda _: clock.jump(-JUMP_S),
        _stop,
    )
    with ground.site("medley", clock.settings) as site:
        site.service.start()
        with site.reporting("mdl", RATE) as load:
            load.wait_for(1)
            for blow in blows * (ROUNDS_QUICK if ground.is_quick else ROUNDS):
                changes = all_weather([*site.outlets.values()], ground.chance)
                storm(site, changes[: BETWEEN_QUICK if ground.is_quick else BETWEEN], ground.chance)
                blow(site)
            load.wait_for(1)
            load.end()
        site.heal()
        hurry(site, clock)
        replayed = revive(site)
        is_at_rest = hurry(site, clock)
        besides = f"{len(blows)} kinds of blows in a storm; {replayed} had died, and were sent again"
        return [row("medley", begun, site, load, is_at_rest=is_at_rest, besides=besides)]


def _fill(site: Site) -> None:
    make_room = limit(site)
    time.sleep(FULL_S)
    make_room()


def _stop(site: Site) -> None:
    """Stop as an operator does; what hangs at a provider may take its time, so the providers let go first."""
    site.heal()
    assert site.service.stop(60) == 0, site.service.log[-2000:]
    site.service.start()
