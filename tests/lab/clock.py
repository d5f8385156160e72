"""The clock of a service, set forward and back while it runs."""

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CLOCKWORK = Path(__file__).parent / "clockwork"


@dataclass
class Clock:
    """Seconds by which a service's clock differs from the machine's; see ``clockwork``."""

    path: Path
    shift_s: float = 0.0

    def __post_init__(self) -> None:
        self.path.write_bytes(struct.pack("d", self.shift_s))

    @property
    def settings(self) -> Mapping[str, str]:
        """The environment in which a service lives by this clock."""
        search = os.pathsep.join(filter(None, [str(CLOCKWORK), os.environ.get("PYTHONPATH", "")]))
        return {"LAB_CLOCK": str(self.path), "PYTHONPATH": search}

    def jump(self, seconds: float) -> None:
        """Set the clock forward, or back."""
        self.shift_s += seconds
        with self.path.open("r+b") as file:  # in place: the service looks at this very file
            file.write(struct.pack("d", self.shift_s))
