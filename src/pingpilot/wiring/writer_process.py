"""The writer's process: how its parent starts it, and what it does then."""

import gc
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import django
from django.conf import settings

from pingpilot.config import world
from pingpilot.domain.plan import Catalogue
from pingpilot.observe import configure
from pingpilot.store.checkpoints import tended
from pingpilot.store.clerk import attend
from pingpilot.store.plans import packed, unpacked

STORE_ALONE = ["pingpilot.store", "django.contrib.auth", "django.contrib.contenttypes"]
"""All of Django that the tables need."""
DATABASE_SETTINGS = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "CONN_HEALTH_CHECKS", "OPTIONS")
"""Which of Django's settings of a database the writer is told."""
WRITERS_OPTIONS = "PRAGMA cache_size=-32768; PRAGMA wal_autocheckpoint=64000"
"""The log is taken over beside the commits; by itself only where that does not come to its end."""


def launcher(
    database: Mapping[str, object], log_format: str, log_level: str, catalogue: Catalogue | None = None
) -> Callable[[socket.socket], "subprocess.Popen[bytes]"]:
    """Return how to start a writer on a database, with the plans of this instance."""
    told = json.dumps(
        {
            "database": database,
            "log_format": log_format,
            "log_level": log_level,
            "plans": packed(catalogue or Catalogue()),
        }
    )

    def launch(line: socket.socket) -> "subprocess.Popen[bytes]":
        # What is told goes over standard input: a database's password must not stand in the list of processes.
        child = subprocess.Popen(  # noqa: S603 - our own interpreter on our own module
            [sys.executable, "-m", __name__, str(line.fileno())], pass_fds=[line.fileno()], stdin=subprocess.PIPE
        )
        if child.stdin is not None:
            child.stdin.write(told.encode())
            child.stdin.close()
        return child

    return launch


def for_writing(database: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings of the writer's own connection.

    All that the writer does goes by an index. PostgreSQL, though, plans to read a nearly empty table whole, and keeps
    that plan for its checks of foreign keys while the table fills; so it is told not to. The few statements of the
    path of an event are prepared at their second use. SQLite keeps more of the indexes in memory than for those who
    only read.
    """
    options = database["OPTIONS"]
    if str(database["ENGINE"]).endswith("postgresql"):
        flags = f"{options.get('options', '')} -c enable_seqscan=off".strip()
        return {**database, "OPTIONS": {**options, "options": flags, "prepare_threshold": 1}}
    return {**database, "OPTIONS": {**options, "init_command": f"{options['init_command']}; {WRITERS_OPTIONS}"}}


def main() -> None:
    """Attend to the socket whose file descriptor is the one argument."""
    for number in (signal.SIGTERM, signal.SIGINT):  # the parent ends this process, by closing the socket
        signal.signal(number, signal.SIG_IGN)
    told: dict[str, Any] = json.load(sys.stdin)
    configure(told["log_format"], told["log_level"])
    settings.configure(
        DATABASES={"default": for_writing(told["database"])},
        INSTALLED_APPS=STORE_ALONE,
        AUTH_USER_MODEL="store.User",
        USE_TZ=True,
        PINGPILOT_PLANS=unpacked(told["plans"]),
        SECRET_KEY="none: nothing is signed here",  # noqa: S106 - it is none
        LOGGING_CONFIG=None,
    )
    django.setup()
    kinds = import_module("pingpilot.wiring.units")  # needs the tables, so it can be imported only now
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as line, tended(world.monotonic) as tend:
        attend(line, kinds.committer(), tend)


if __name__ == "__main__":
    main()
