"""``make lab``: kills, outages and storms on this machine, and whether every event came through.

Everything runs on one machine: the service, the load, the providers. Ends with 1 when a promise was not kept.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.bench.machine import described
from tests.bench.quoted import put
from tests.lab.ground import Ground, open_ground
from tests.lab.scenarios import clock, cluster, disk, hoard, kills, medley, neighbours, outage, stop, storms
from tests.lab.table import Row, as_markdown, for_people

BEGIN = "<!-- what `make lab ARGS=--write` writes -->"
SCENARIOS: Mapping[str, Callable[[Ground], list[Row]]] = {
    "kills": kills.run,
    "outage": outage.run,
    "disk": disk.run,
    "clock": clock.run,
    "stop": stop.run,
    "storms": storms.run,
    "neighbours": neighbours.run,
    "hoard": hoard.run,
    "medley": medley.run,
    "cluster": cluster.run,
}
QUICK = ("medley",)
"""What a quick run does: there each other one has its part."""


def main() -> None:
    """Run the scenarios that were asked for, and print their table."""
    said = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and end what was started
    with tempfile.TemporaryDirectory(prefix="pingpilot-lab-") as folder:
        busy, chance = os.getloadavg()[0], random.Random(said.seed)
        machine = f"{described(Path(folder))}, load average {busy:.1f} before the start"
        with open_ground(Path(folder), chance, is_quick=said.quick) as ground:
            names = said.only or (QUICK if said.quick else SCENARIOS)
            rows = [row for name in names for row in _run(name, ground)]
    print(f"On {machine}:\n\n{for_people(rows)}")
    if said.write:
        put(BEGIN, f"On {machine}:\n\n{as_markdown(rows)}")
    sys.exit(any(row.broken for row in rows))


def _run(name: str, ground: Ground) -> list[Row]:
    print(f"{name} …", file=sys.stderr, flush=True)
    return SCENARIOS[name](ground)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make lab", description="See what becomes of events when things go wrong.")
    parser.add_argument("--only", nargs="+", choices=SCENARIOS, metavar="NAME", help=f"some of: {', '.join(SCENARIOS)}")
    parser.add_argument("--quick", action="store_true", help="a little of everything; no times are judged")
    parser.add_argument("--seed", type=int, default=1, help="for another course of chance")
    parser.add_argument("--write", action="store_true", help="quote the table in README.md and docs/measured.md")
    said = parser.parse_args()
    if said.write and (said.only or said.quick):
        parser.error("--write quotes a whole run")
    return said


if __name__ == "__main__":
    main()
