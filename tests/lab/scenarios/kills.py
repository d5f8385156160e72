"""The serving process, its writer, or both are killed under load, again and again."""

import os
import signal
import time

from tests.lab.clock import Clock
from tests.lab.ground import PATIENCE_S, Ground, Site
from tests.lab.hurry import hurry
from tests.lab.processes import children_of
from tests.lab.table import Row
from tests.lab.verdict import row
from tests.servers.ports import wait_until

KILLS, KILLS_QUICK = 52, 3
RATE = 30
WAIT_MAX_S = 0.6
"""After each start, at most; so the kill strikes a start, its catching up, or a steady pace."""


def run(ground: Ground) -> list[Row]:
    """Kill, start, and see whether all comes through."""
    begun = time.monotonic()
    strikes = [kill_all, kill_server, kill_writer, kill_server]
    count = KILLS_QUICK if ground.is_quick else KILLS
    clock = Clock(ground.folder / "kills-clock")
    with ground.site("kills", clock.settings) as site:
        site.service.start()
        with site.reporting("kil", RATE) as load:
            load.wait_for(1)
            for number in range(count):
                time.sleep(ground.chance.uniform(0, WAIT_MAX_S))
                strikes[number % len(strikes)](site)
            load.end()
        # What the writer of a dead process commits last waits for the end of a lease.
        is_at_rest = hurry(site, clock)
        return [row("kills", begun, site, load, besides=f"{count} kills", is_at_rest=is_at_rest)]


def kill_server(site: Site) -> None:
    """Kill the process that serves, which leaves its writer alone, and start again."""
    site.service.kill()
    site.service.start()


def kill_all(site: Site) -> None:
    """Kill the process that serves and its writer, and start again."""
    children = children_of(site.pid)
    site.service.kill()
    for child in children:
        _kill(child)
    site.service.start()


def kill_writer(site: Site) -> None:
    """Kill the writer, and wait until the service has another one."""
    known = children_of(site.pid)
    for child in known:
        _kill(child)
    wait_until(lambda: set(children_of(site.pid)) - set(known), "another writer is started", PATIENCE_S)
    wait_until(site.service.is_ready, "it is ready again", PATIENCE_S)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:  # it has just ended
        return
