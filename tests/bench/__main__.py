"""``make bench``: what PingPilot does on this machine, part by part.

Everything runs on one machine: service, load generator, webhook receiver, databases. What is compared is measured in
turns within one run, so that both see the same machine; medians of the rounds are shown.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.bench import batch, clients, delivery, growth, ingest, keys, memory, pages, pauses, rest, spread, viewers
from tests.bench.figures import Section, for_people
from tests.bench.ground import Ground, open_ground
from tests.bench.machine import described
from tests.bench.quoted import write

Part = Callable[[Ground], Iterator[Section]]
PARTS: Mapping[str, Part] = {
    "ingest": ingest.measure,
    "batch": batch.measure,
    "pages": pages.measure,
    "growth": growth.measure,
    "keys": keys.measure,
    "delivery": delivery.measure,
    "pauses": pauses.measure,
    "memory": memory.measure,
    "viewers": viewers.measure,
    "rest": rest.measure,
    "spread": spread.measure,
    "clients": clients.measure,
}
"""In the order they are taken: what is read is read before more is posted to the same stores."""


def main() -> None:
    """Measure the parts that were asked for, and print each section as soon as it is known."""
    said = _arguments()
    with tempfile.TemporaryDirectory(prefix="pingpilot-bench-") as folder:
        machine = described(Path(folder))
        print(f"PingPilot on {machine}\n", flush=True)
        parts = [part for name, part in PARTS.items() if name in (said.only or PARTS)]
        sections = _measured(Path(folder), parts, is_full=said.full)
    if said.write:
        write(machine, sections)


def _measured(folder: Path, parts: Sequence[Part], *, is_full: bool) -> list[Section]:
    sections = []
    with open_ground(folder, is_full=is_full) as ground:
        for part in parts:
            for section in part(ground):
                print(for_people(section), flush=True)
                sections.append(section)
    return sections


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure what PingPilot does on this machine.")
    parser.add_argument("--only", nargs="+", choices=PARTS, metavar="PART", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--full", action="store_true", help="grow to ten million events: an hour, 40 GB")
    parser.add_argument("--write", action="store_true", help="quote the figures in README.md and docs/measured.md")
    said = parser.parse_args()
    if said.write and said.only:
        parser.error("--write quotes a whole run: figures of several runs do not stand beside each other")
    return said


if __name__ == "__main__":
    main()
