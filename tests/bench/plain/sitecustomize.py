"""Every Python process that finds this folder on its path does without what only the tools of development bring along.

`structlog` would load them if they are there; where PingPilot is installed to be run, they are not.
"""

import sys

for name in ("greenlet", "rich"):
    sys.modules[name] = None  # type: ignore[assignment]  # Source: the import system: None means "not found"
