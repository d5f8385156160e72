"""How many files and sockets this process may have open."""

import resource
from contextlib import suppress

ENOUGH = 65_536
"""Some systems name a limit without end, and refuse to set it."""
OTHERS = 256
"""Files and sockets that are no client's: the database, deliveries under way, the writer."""


def for_clients(most: int) -> int:
    """Return how many of so many may be connections of clients."""
    return max(most - OTHERS, most // 2)


def most() -> int:
    """Raise the limit to the most that this process may set, and return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else hard
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
