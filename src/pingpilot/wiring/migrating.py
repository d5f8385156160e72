"""Whether the tables are up to date, and bringing them there. Import it after ``set_up`` only."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from pkgutil import iter_modules

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.utils import DatabaseError, OperationalError

from pingpilot.config import world
from pingpilot.domain.errors import ConfigurationError, PingPilotError
from pingpilot.store.months import make_ahead

_DONE = "django_migrations"
_OURS = "store"
"""The application whose migrations are numbered by us, in the order of their names."""
_FORKS = multiprocessing.get_context("fork")


def ready_database(*, is_embedded: bool) -> None:
    """Migrate the embedded database; on PostgreSQL, where others may be running, ask for ``pingpilot migrate``.

    Call it while this process has one thread. Raises ConfigurationError.
    """
    with _answering_database():
        done = _done()
    _refuse_newer(done)
    if set(_known()) <= done:
        return
    if not is_embedded:
        raise ConfigurationError("The database is not up to date. Run `pingpilot migrate` first.")
    _migrate_aside()


def require_current(done: set[tuple[str, str]], place: Path) -> None:
    """See that the migrations made in a database are those of this release; raises ConfigurationError."""
    _refuse_newer(done)
    if not set(_known()) <= done:
        raise ConfigurationError(f"The database {place} is not up to date. Run `pingpilot migrate` first.")


def migrate() -> None:
    """Bring the tables up to date; raises ConfigurationError when the database does not answer, or is newer."""
    with _answering_database():
        _refuse_newer(_done())
        call_command("migrate", verbosity=0, interactive=False)
        if connection.vendor == "postgresql":
            with suppress(OperationalError):  # somebody holds the tables: the chore makes them
                make_ahead(world.now())


def _done() -> set[tuple[str, str]]:
    """Return which migrations were made. Names: Django would import every migration, and keep them: megabytes."""
    if _DONE not in connection.introspection.table_names():
        return set()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {_DONE}")  # noqa: S608 - the name above
        return {(app, name) for app, name in cursor.fetchall()}


def _refuse_newer(done: set[tuple[str, str]]) -> None:
    """Refuse a database that a later release has changed: this one would not know what it writes into."""
    newest = max((name for app, name in _known() if app == _OURS), default="")
    later = sorted(name for app, name in done if app == _OURS and name > newest)
    if later:
        raise ConfigurationError(
            f"The database belongs to a later release of PingPilot (it has {later[-1]}, this one knows {newest}). "
            "Update PingPilot, or restore a backup from before the update."
        )


def _known() -> Iterator[tuple[str, str]]:
    for app in apps.get_app_configs():
        for module in iter_modules([f"{app.path}/migrations"]):
            yield app.label, module.name


def _migrate_aside() -> None:
    """Migrate in a process of its own: the memory that this takes would never be given back."""
    heard, said = _FORKS.Pipe(duplex=False)
    child = _FORKS.Process(target=_migrate_and_say, args=(said,))
    child.start()
    said.close()
    try:
        refusal = heard.recv()
    except EOFError:
        refusal = "The database was not brought up to date; the lines above say why."
    child.join()
    if refusal:
        raise ConfigurationError(refusal)


def _migrate_and_say(said: Connection) -> None:
    try:
        migrate()
    except PingPilotError as error:
        said.send(error.message)
    else:
        said.send("")


@contextmanager
def _answering_database() -> Iterator[None]:
    """Turn a database that cannot be reached or read into ConfigurationError, and leave no connection open."""
    try:
        yield
    except DatabaseError as error:
        if type(error) not in (OperationalError, DatabaseError):  # the fault is in a statement of ours
            raise
        reason = str(error).strip().partition("\n")[0]
        place = connection.settings_dict["NAME"] if connection.vendor == "sqlite" else "PINGPILOT_DATABASE_URL"
        raise ConfigurationError(f"The database does not answer ({reason}). Check {place}.") from error
    finally:
        connection.close()
