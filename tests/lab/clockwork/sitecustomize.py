"""Put the clock of a service into the hands of the laboratory: Python imports this at its start, before all else.

Every part of PingPilot is handed the time of ``config/world``. Here that is the machine's, shifted by as many seconds
as stand in the file LAB_CLOCK, which may change while the service runs. The monotonic clock goes on, as it does when
somebody sets the clock of a machine.
"""

import mmap
import os
import struct
from datetime import datetime, timedelta
from pathlib import Path

from pingpilot.config import world

if "LAB_CLOCK" in os.environ:
    with Path(os.environ["LAB_CLOCK"]).open("rb") as _file:
        _shift = mmap.mmap(_file.fileno(), 8, prot=mmap.PROT_READ)
    _now, _now_ms = world.now, world.now_ms

    def _seconds() -> float:
        found: float = struct.unpack("d", _shift[:8])[0]
        return found

    def now() -> datetime:
        """Return the shifted time."""
        return _now() + timedelta(seconds=_seconds())

    def now_ms() -> int:
        """Return the shifted time in milliseconds."""
        return _now_ms() + int(_seconds() * 1000)

    world.now, world.now_ms = now, now_ms
