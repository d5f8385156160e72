"""What `pingpilot doctor` makes of the PostgreSQL server. Import it after the set-up only."""

from collections.abc import Iterator

from django.db import DatabaseError

from pingpilot.cli.findings import Finding
from pingpilot.config import world
from pingpilot.store import months
from pingpilot.store.server import LEAST_MAJOR, Server, ask_server
from pingpilot.wiring.connections import SERVER_DATABASE_CONNECTIONS, WORKER_DATABASE_CONNECTIONS

CROWDED = 0.8
"""Of the connections in use; beyond it a restart, which needs some twice for a moment, may find none."""
QUESTIONS_AT_ONCE = 8
"""That look at all months: pages of lists, statistics, the relay. What happens to an event looks at its own."""
MIGRATE = "Run `pingpilot migrate`."
_SAFETY = {
    "fsync": "a crash of the machine may destroy the database",
    "full_page_writes": "a crash of the machine may destroy pages that were being written",
    "synchronous_commit": "a crash of the machine may lose events that were answered with 200",
}
_UPKEEP = ("autovacuum", "track_counts")


def examine_postgresql() -> Iterator[Finding]:
    """Look at the server: whether it is there, may be written, keeps what it took, and has room."""
    try:
        found = ask_server()
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        yield Finding("database", "bad", f"PostgreSQL does not answer ({reason})", "Check PINGPILOT_DATABASE_URL.")
        return
    yield from examine_server(found)
    try:
        yield months_ahead(months.lacking(world.now()), has_strays=months.has_strays())
        yield locks(found, months.relations())
    except DatabaseError:
        yield Finding("database months", "note", "the tables are not there, or of an older release", MIGRATE)


def examine_server(found: Server) -> Iterator[Finding]:
    """Look at what a server has said of itself."""
    yield _version(found)
    yield connections(found)
    yield _safety(found)
    yield _upkeep(found)


def connections(found: Server) -> Finding:
    """Tell whether there are connections enough. A server and a worker at full load need 38."""
    each = SERVER_DATABASE_CONNECTIONS + WORKER_DATABASE_CONNECTIONS
    pairs = found.connections // each
    said = (
        f"{found.connections} allowed, {found.in_use} in use, {found.ours} of those by this instance; a server opens "
        f"up to {SERVER_DATABASE_CONNECTIONS}, a worker {WORKER_DATABASE_CONNECTIONS}: enough for {pairs} of each"
    )
    fix = f"Raise max_connections of PostgreSQL by {each} for each further server with its worker, and restart it."
    if not pairs:
        return Finding("database connections", "bad", said, fix)
    is_crowded = found.in_use > CROWDED * found.connections
    return Finding("database connections", "note" if is_crowded else "ok", said, fix if is_crowded else "")


def months_ahead(lacking: int, *, has_strays: bool) -> Finding:
    """Tell whether the partitions of this month and the next are there."""
    if lacking:
        said = f"{lacking} of this month and the next {months.AHEAD} have no partition; their events are kept together"
        fix = f"{MIGRATE} A process that delivers makes them by itself: see in its log what `months.waits` says."
        return Finding("database months", "bad" if lacking > months.AHEAD else "note", said, fix)
    if has_strays:
        said = "some events are outside of every month, so that they are forgotten one by one"
        return Finding("database months", "note", said, "Nothing has to be done: they go with their history.")
    return Finding("database months", "ok", f"partitions for this month and the next {months.AHEAD}")


def locks(found: Server, relations: int) -> Finding:
    """Tell whether there is room for the locks of questions that look at all months, on tables and indexes."""
    needed = relations * QUESTIONS_AT_ONCE
    room = found.number("max_locks_per_transaction") * found.number("max_connections")
    said = f"room for {room}; {relations} tables and indexes of months take up to {needed}"
    if room >= needed:
        return Finding("database locks", "ok", said)
    enough = -(-needed // found.number("max_connections"))
    fix = f"Set max_locks_per_transaction of PostgreSQL to {enough} or more, and restart it."
    return Finding("database locks", "note", said, fix)


def _version(found: Server) -> Finding:
    said = f"PostgreSQL {found.version}"
    if found.major < LEAST_MAJOR:
        return Finding("database", "bad", said, f"Update PostgreSQL to {LEAST_MAJOR} or later.")
    if found.is_replica:
        fix = "Let PINGPILOT_DATABASE_URL name the primary server."
        return Finding("database", "bad", f"{said}, a replica: nothing can be written", fix)
    return Finding("database", "ok", said)


def _safety(found: Server) -> Finding:
    """Tell whether what was committed is on disk."""
    off = [name for name in _SAFETY if found.is_off(name)]
    if not off:
        return Finding("database safety", "ok", "commits are on disk before they are answered")
    said = "; ".join(f"{name} is off: {_SAFETY[name]}" for name in off)
    return Finding("database safety", "bad", said, f"Set {' and '.join(off)} to on in PostgreSQL's settings.")


def _upkeep(found: Server) -> Finding:
    """Tell whether rows that are gone are cleared away, and statistics of the tables kept."""
    off = [name for name in _UPKEEP if found.is_off(name)]
    if not off:
        return Finding("database upkeep", "ok", "autovacuum runs")
    fix = f"Set {' and '.join(off)} to on in PostgreSQL's settings: tables grow, and questions get slow, without."
    return Finding("database upkeep", "bad", f"{' and '.join(off)} off", fix)
