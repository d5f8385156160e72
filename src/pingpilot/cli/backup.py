"""`pingpilot backup` and `restore`: the embedded database in one file, and back."""

from importlib import import_module
from itertools import chain, count
from pathlib import Path

import click

from pingpilot.cli.output import json_option, show
from pingpilot.config import world
from pingpilot.config.instance_secret import FILE_NAME, prepare_data_dir
from pingpilot.config.settings import Settings
from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.copying import copy_in, copy_out
from pingpilot.wiring import lock
from pingpilot.wiring.instance import load_settings, set_up

ITS_OWN = (
    "The database is PostgreSQL: its own programs do this. "
    '`pg_dump --format=custom --file=FILE "$PINGPILOT_DATABASE_URL"`, and pg_restore into an empty database.'
)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Write over FILE if it is there.")
@json_option
def backup(file: Path, *, replace: bool, as_json: bool) -> None:
    """Copy the database, as of this moment, into FILE. PingPilot may run meanwhile.

    The instance's secret is not in it: keep a copy of secret.key, somewhere else. Both together open everything.
    """
    settings = _embedded()
    if file.exists() and not replace:
        raise ConfigurationError(f"{file} is there already. Choose another name, or say --replace.")
    size = copy_out(settings.database_path, file)
    show({"file": str(file), "bytes": size, "not in it": _place_of_secret(settings)}, as_json=as_json)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Take the place of a database that is there; it is kept beside.")
@json_option
def restore(file: Path, *, replace: bool, as_json: bool) -> None:
    """Put the database of FILE into the data folder. PingPilot must be stopped.

    The secret.key that belongs to it has to be there, too. Deliveries that were under way are tried again.
    """
    settings = _embedded()
    prepare_data_dir(settings.data_dir)
    held = [lock.hold(settings.data_dir, role) for role in ("server", "worker")]
    kept = _set_aside(settings.database_path, may_replace=replace)
    try:
        copy_in(file, settings.database_path)
    except ConfigurationError:
        if kept is not None:
            kept.replace(settings.database_path)
        raise
    unreadable = _sealed_elsewhere(settings)
    del held
    row = {
        "database": str(settings.database_path),
        "kept": kept and str(kept),
        "sealed under another secret": unreadable,
    }
    show(row, as_json=as_json)
    if unreadable:
        raise ConfigurationError(
            f"The database is there, but {unreadable} sealed values belong to another secret. "
            f"Put the {FILE_NAME} of that time into {settings.data_dir} before the start."
        )


def _embedded() -> Settings:
    settings = load_settings()
    if settings.database_url is not None:
        raise ConfigurationError(ITS_OWN)
    return settings


def _place_of_secret(settings: Settings) -> str:
    return "PINGPILOT_SECRET_KEY" if settings.secret_key is not None else str(settings.data_dir / FILE_NAME)


def _set_aside(database: Path, *, may_replace: bool) -> Path | None:
    """Keep what is there under another name, whole: what is still in its log is brought in first."""
    if not database.exists():
        return None
    if not may_replace:
        raise ConfigurationError(f"There is a database at {database}. Say --replace to keep it aside and go on.")
    kept = _free_name(database.with_name(f"{database.name}.before-{world.now():%Y%m%d-%H%M%S}"))
    copy_out(database, kept)
    return kept


def _free_name(path: Path) -> Path:
    """Return the path, numbered if something has its name: two restores may fall into one second."""
    numbered = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return next(one for one in chain([path], numbered) if not one.exists())


def _sealed_elsewhere(settings: Settings) -> int:
    """Bring the tables up to date, and count what this instance's secret does not open."""
    instance = set_up(settings)
    import_module("pingpilot.wiring.migrating").migrate()
    census = import_module("pingpilot.wiring.resealing").census()
    known = {one.hex() for one in instance.box.key_ids}
    return sum(
        sealed for counter in census.values() for key_id, sealed in counter.items() if key_id and key_id not in known
    )
