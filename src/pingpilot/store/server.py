"""What the PostgreSQL server says of itself: its version, its settings, and how many connections it has left."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingpilot.store.sql import ask

LEAST_MAJOR = 14
"""The oldest major version that we run on."""
_VERSION_STEP = 10_000
_SETTINGS = (
    "server_version_num",
    "server_version",
    "max_connections",
    "superuser_reserved_connections",
    "reserved_connections",  # from 16 on
    "max_locks_per_transaction",
    "autovacuum",
    "track_counts",
    "fsync",
    "full_page_writes",
    "synchronous_commit",
)
_ASKED = f"SELECT name, setting FROM pg_settings WHERE name IN ({', '.join(['%s'] * len(_SETTINGS))})"
_IN_USE = """
    SELECT count(*), count(*) FILTER (WHERE application_name = 'pingpilot' AND datname = current_database())
    FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A server at one moment. ``in_use`` are connections of anybody, ``ours`` those of this instance."""

    settings: Mapping[str, str]
    in_use: int
    ours: int
    is_replica: bool

    @property
    def version(self) -> str:
        """The version as people write it, for example 18.1."""
        return self.settings["server_version"].partition(" ")[0]

    @property
    def major(self) -> int:
        """The major version."""
        return int(self.settings["server_version_num"]) // _VERSION_STEP

    @property
    def connections(self) -> int:
        """How many connections there may be of those who are no superusers."""
        reserved = ("superuser_reserved_connections", "reserved_connections")
        return self.number("max_connections") - sum(self.number(name) for name in reserved)

    def number(self, name: str) -> int:
        """Return a setting that is a number; 0 where this version does not have it."""
        return int(self.settings.get(name, 0))

    def is_off(self, name: str) -> bool:
        """Tell whether a setting is switched off."""
        return self.settings.get(name) == "off"


def ask_server() -> Server:
    """Ask the server."""
    settings = dict(ask(_ASKED, _SETTINGS))
    in_use, ours = ask(_IN_USE, ())[0]
    (is_replica,) = ask("SELECT pg_is_in_recovery()", ())[0]
    return Server(settings, in_use, ours, is_replica)
