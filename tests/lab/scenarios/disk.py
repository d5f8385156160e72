"""The disk of the data folder is full for a while: 503 meanwhile, and afterwards it goes on by itself.

Once on a small filesystem, where one may be mounted; once by a limit on the size of files, which needs no rights.
"""

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.ground import Ground, Site
from tests.lab.processes import children_of
from tests.lab.reporting import Reporting
from tests.lab.table import Row
from tests.lab.verdict import row
from tests.servers.ports import wait_until

FULL_S, FULL_QUICK_S = 6.0, 1.0
ROOM_BYTES = 200_000
"""Left to the files when the limit is set."""
SMALL_BYTES = 48 * 1024 * 1024
RATE = 30
AROUND = 30
"""Events accepted before, and again after."""
FILLS_WITHIN_S, RECOVERS_WITHIN_S, REST_S = 30, 15, 90
_NO_LIMIT = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)

Full = Callable[[Site], Callable[[], None]]
"""Makes the disk full, and returns what makes room again."""


def run(ground: Ground) -> list[Row]:
    """Fill, make room, and see whether all comes through; a quick run does it in one of the two ways."""
    rows = []
    with _small_filesystem(ground.folder / "small") as folder:
        if folder is not None:
            rows.append(_filled("disk: small filesystem", ground, _fill, folder))
    if not (rows and ground.is_quick):
        rows.append(_filled("disk: file size limit", ground, limit, None))
    return rows


def _filled(name: str, ground: Ground, fill: Full, folder: Path | None) -> Row:
    begun = time.monotonic()
    with ground.site("disk", folder=folder) as site:
        site.service.start()
        with site.reporting("dsk", RATE) as load:
            load.wait_for(AROUND)
            make_room = fill(site)
            wait_until(lambda: load.refused() > 0, "the disk is full", FILLS_WITHIN_S)
            time.sleep(FULL_QUICK_S if ground.is_quick else FULL_S)
            refused = load.refused()
            make_room()
            recovered_in = _recovery(load)
            load.wait_for(AROUND)
            load.end()
        is_at_rest = site.rest(REST_S)
        besides = f"{refused} refused with 503; accepted again {recovered_in:.1f} s after there was room"
        broken = [] if site.service.process and site.service.process.poll() is None else ["the service has ended"]
        return row(name, begun, site, load, is_at_rest=is_at_rest, besides=besides, broken=broken)


def _recovery(load: Reporting) -> float:
    begun = time.monotonic()
    load.wait_for(1, RECOVERS_WITHIN_S)
    return time.monotonic() - begun


def limit(site: Site) -> Callable[[], None]:
    """Let no file of the service grow by more than a little."""
    pids = [site.pid, *children_of(site.pid)]
    largest = max(file.stat().st_size for file in (site.service.folder / "data").iterdir())
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + ROOM_BYTES, resource.RLIM_INFINITY))

    def make_room() -> None:
        for pid in {*pids, *children_of(site.pid)}:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, _NO_LIMIT)

    return make_room


def _fill(site: Site) -> Callable[[], None]:
    """Write until nothing more can be written."""
    ballast = site.service.folder / "ballast"
    block = b"x" * 65_536
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(block):
                pass
        except OSError:  # it is full
            pass
    return ballast.unlink


@contextmanager
def _small_filesystem(folder: Path) -> Iterator[Path | None]:
    """Mount one for as long as the context lasts; gives None where that is not allowed."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(words, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
