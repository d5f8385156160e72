"""Many deliveries that wait, laid into the store of an installation that does not run."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.bench.grow import DESTINATIONS, grow
from tests.lab.fault import Fault, Kind
from tests.lab.ground import Site, seeded

_GIVE = "UPDATE store_destination SET workspace_id = ? + (id - ?) / ? WHERE id BETWEEN ? AND ?"
_WAIT = """
    UPDATE store_delivery SET state = 'PENDING', final_at = NULL, attempts = 0, due_at = ?, begun_at = ?,
        destination_id = ? + (destination_id - ?) / ? * ? + rowid % ?
    WHERE destination_id BETWEEN ? AND ?
"""
_OPEN = "UPDATE store_event SET status = 'PENDING' WHERE workspace_id >= ?"


@dataclass(frozen=True)
class Backlog:
    """How many deliveries, for how many webhooks that hang in each of how many workspaces, on which provider's host."""

    deliveries: int
    workspaces: int
    addresses: int
    provider: str


def lay(site: Site, backlog: Backlog) -> int:
    """Lay deliveries that are due at once, in new workspaces, and let their addresses hang; return how many.

    Workspaces and events are made as ``grow`` makes them; what is added are working destinations, and that nothing has
    been delivered yet.
    """
    remote, workspaces, addresses = site.remotes[backlog.provider], backlog.workspaces, backlog.addresses
    paths = [f"/hangs/{number}" for number in range(workspaces * addresses)]
    for path in paths:
        remote.tell(Fault(Kind.HANG), path)
    wanted = [("webhook", {"url": remote.url + path}) for path in paths]
    made = seeded(site.service, "backlog", wanted)
    first = made["destinations"][0]
    database = site.service.folder / "data" / "pingpilot.db"
    grown = grow(str(database), -(-backlog.deliveries // DESTINATIONS), workspaces, days=1)
    with closing(sqlite3.connect(database, isolation_level=None)) as file:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-500000"):
            file.execute(f"PRAGMA {setting}")
        lowest = first + workspaces * addresses
        file.execute(_GIVE, (grown[0].id, first, addresses, first, lowest - 1))
        highest = lowest + workspaces * DESTINATIONS - 1
        now = datetime.now(UTC).isoformat(" ")[:-6]
        spread = (first, lowest, DESTINATIONS, addresses, addresses)
        count = file.execute(_WAIT, (now, now, *spread, lowest, highest)).rowcount
        file.execute(_OPEN, (grown[0].id,))
        file.execute("PRAGMA journal_mode=WAL")
    return count
