"""What the parts of the benchmark measure on: services with workspaces, PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

from tests.bench.drive import EVENT, Load, drive
from tests.bench.grow import DESTINATIONS, grow, share
from tests.servers.postgresql import fresh_database, running_postgresql
from tests.servers.service import Service, Workspace

WARM_CONNECTIONS, WARM_S = 16, 1.0
_USED = "UPDATE store_key SET last_used_at = created_at"
_ACTIVE = "UPDATE store_destination SET disabled_at = NULL, verified_at = created_at"


@dataclass(frozen=True)
class Place:
    """A running service; ``keys`` is a file with a key for each of its workspaces, which have no limits.

    Further keys of theirs come behind those.
    """

    service: Service
    workspace: Workspace
    keys: Path

    @property
    def pid(self) -> int:
        assert self.service.process is not None
        return self.service.process.pid


@dataclass
class Ground:
    """Everything made for one run of the benchmark."""

    folder: Path
    is_full: bool
    ends: ExitStack
    _numbers: Iterator[int] = field(default_factory=count)
    _grown: dict[tuple[int, str], Place] = field(default_factory=dict)

    @cached_property
    def postgresql(self) -> str:
        """The URL of a PostgreSQL server that syncs what it commits."""
        return self.ends.enter_context(running_postgresql(is_durable=True))

    @contextmanager
    def place(
        self,
        *arguments: str,
        database: str = "sqlite",
        events: int = 0,
        keys: int = 1,
        more_keys: int = 0,
        settings: Mapping[str, str] | None = None,
    ) -> Iterator[Place]:
        """Run a service with so many workspaces and further keys, and so many events in the past of each month.

        Each event goes to three destinations, which exist on paper only: nothing can be delivered to them.
        All keys have been used before.
        """
        with self._installed(database, settings) as service:
            url = service.settings.get("PINGPILOT_DATABASE_URL")
            file = str(service.folder / "data" / "pingpilot.db")
            made = grow(url or file, max(1, events), keys)  # it cannot make a store without any
            more = share(url or file, made, more_keys) if more_keys else []
            service.rows(_ACTIVE)
            service.rows(_USED)
            service.start(*arguments)
            yield Place(service, made[0], write_keys(service, [*(one.key for one in made), *more]))

    def grown(self, events: int, database: str = "sqlite") -> Place:
        """Return a service with one workspace and so many events, the same for all parts; it accepts, and no more."""
        known = (events, database)
        if known not in self._grown:
            self._grown[known] = self.ends.enter_context(self.place("--no-worker", database=database, events=events))
        return self._grown[known]

    @contextmanager
    def delivering(self, sink: str) -> Iterator[Place]:
        """Run a service that delivers each event three times to the receiver at an address."""
        with self._installed("sqlite", None) as service:
            service.start()
            workspace = service.workspace()
            service.category(workspace)
            for number in range(DESTINATIONS):
                service.destination(workspace, "webhook", f"url={sink}/{number}")
            yield Place(service, workspace, write_keys(service, [workspace.key]))

    def warm(self, place: Place) -> None:
        """Let it answer for a while before it is measured."""
        drive(place.service, Load(EVENT, place.keys, WARM_CONNECTIONS, WARM_S))
        if "PINGPILOT_DATABASE_URL" in place.service.settings:
            place.service.rows(
                "ANALYZE"
            )  # plans made for an empty table scan it; within a minute autovacuum sees to it

    @contextmanager
    def _installed(self, database: str, settings: Mapping[str, str] | None) -> Iterator[Service]:
        """Give a service with its tables, not started; it ends here."""
        number = next(self._numbers)
        folder = self.folder / f"service-{number}"
        folder.mkdir()
        service = Service(folder, dict(settings or {}))
        with self._database(database, f"bench_{number}") as url:
            if url:
                service.settings["PINGPILOT_DATABASE_URL"] = url
            done = service.run("migrate")
            assert done.returncode == 0, done.stderr
            try:
                yield service
            finally:
                if service.process is not None:
                    service.kill()

    def _database(self, kind: str, name: str) -> AbstractContextManager[str]:
        return nullcontext("") if kind == "sqlite" else fresh_database(self.postgresql, name)


def write_keys(service: Service, keys: Sequence[str]) -> Path:
    """Write keys for the load generator, beside the service."""
    path = service.folder / f"keys-{len(keys)}"
    path.write_text("\n".join(keys) + "\n")
    return path


@contextmanager
def open_ground(folder: Path, *, is_full: bool) -> Iterator[Ground]:
    """Give a ground in a folder that is there."""
    with ExitStack() as ends:
        yield Ground(folder, is_full, ends)
