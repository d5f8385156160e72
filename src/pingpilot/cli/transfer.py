"""`pingpilot transfer`: the embedded database over to PostgreSQL, proved by counts and digests."""

import sys
from importlib import import_module
from typing import Any

import click

from pingpilot.cli.output import Row, json_option, show, show_all
from pingpilot.config import values, world
from pingpilot.config.instance_secret import FILE_NAME
from pingpilot.config.loading import TRANSFER_TO
from pingpilot.config.secret import Secret
from pingpilot.config.settings import Settings
from pingpilot.domain.errors import ConfigurationError
from pingpilot.store.copying import check
from pingpilot.wiring import lock
from pingpilot.wiring.instance import load_settings, set_up

DIFFERENT = 1
"""The exit code where what arrived is not what was sent; a refusal before that is 2."""
WHERE = f"Give the address of an empty database, like postgresql://user:password@host:5432/name, in {TRANSFER_TO}."
ALREADY = "PINGPILOT_DATABASE_URL is set: this instance is on PostgreSQL already. Unset it to move the SQLite database."


@click.command()
@click.argument("url", required=False, metavar="[URL]")
@json_option
def transfer(url: str | None, *, as_json: bool) -> None:
    """Copy the SQLite database into an empty PostgreSQL database at URL. PingPilot must be stopped.

    Give the URL in PINGPILOT_TRANSFER_TO instead, so that its password is not seen in the list of processes.
    All tables are read back from both sides and compared; nothing is kept of a copy that differs, or is interrupted.
    The SQLite database is not changed.
    """
    settings, target = _source(), _target(url)
    held = [lock.hold(settings.data_dir, role) for role in ("server", "worker")]
    check(settings.database_path)
    set_up(settings.model_copy(update={"database_url": target}))
    compared, took_s = _move(settings, as_json=as_json)
    del held
    rows = [_row(one) for one in compared]
    is_same = all(one.is_same for one in compared)
    total = sum(one.rows for one in compared)
    end = {"rows": total, "seconds": round(took_s, 1), "isSame": is_same}
    if as_json:
        show({"tables": rows, **end}, as_json=True)
    else:
        show_all([row for row in rows if row["rows"] or not row["isSame"]], as_json=False)
    if not is_same:
        names = ", ".join(one.table for one in compared if not one.is_same)
        click.echo(f"pingpilot: What arrived differs in {names}. Nothing of it was kept; go on with SQLite.", err=True)
        sys.exit(DIFFERENT)
    if not as_json:
        _tell_how_to_go_on(settings, total, took_s)


def _source() -> Settings:
    settings = load_settings()
    if settings.database_url is not None:
        raise ConfigurationError(ALREADY)
    if not settings.database_path.exists():
        raise ConfigurationError(f"There is no database at {settings.database_path}: nothing was ever stored there.")
    return settings


def _target(url: str | None) -> Secret:
    given = url or world.environment().get(TRANSFER_TO, "")
    if not given:
        raise ConfigurationError(WHERE)
    try:
        return values.database(Secret(given))
    except ValueError as error:
        raise ConfigurationError(f"The address of the new database is wrong. {WHERE}") from error


def _move(settings: Settings, *, as_json: bool) -> tuple[list[Any], float]:
    """Bring the new database up to date and fill it; return what was compared, and the seconds that it took."""
    migrating, transferring = import_module("pingpilot.wiring.migrating"), import_module("pingpilot.store.transferring")
    begun = world.monotonic()
    with transferring.opened(settings.database_path) as file:
        migrating.require_current(transferring.migrations_in(file), settings.database_path)
        if left := transferring.unknown_tables(file):
            raise ConfigurationError(f"The SQLite database has a table that is not PingPilot's: {left[0]}. Drop it.")
        transferring.require_empty()
        migrating.migrate()
        total = transferring.count(file)
        with _bar(total, "Copying  ", is_quiet=as_json) as copy, _bar(2 * total, "Comparing", is_quiet=as_json) as read:
            compared = transferring.move(file, world.now(), copy.update, read.update)
    transferring.analyze()
    return compared, world.monotonic() - begun


def _bar(length: int, label: str, *, is_quiet: bool) -> Any:  # noqa: ANN401 - click's bar, whose class is private
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=is_quiet or not sys.stderr.isatty())


def _row(one: Any) -> Row:  # noqa: ANN401 - of a module that needs the tables
    return {
        "table": one.table,
        "rows": one.rows,
        "arrived": one.arrived,
        "digest": one.digest[:16] if one.is_same else f"{one.digest[:16]} ≠ {one.digest_arrived[:16]}",
        "isSame": one.is_same,
    }


def _tell_how_to_go_on(settings: Settings, total: int, took_s: float) -> None:
    secret = (
        "the same PINGPILOT_SECRET_KEY"
        if settings.secret_key is not None
        else f"the same {FILE_NAME}, which is in {settings.data_dir}"
    )
    click.echo(
        f"\nAll {total:,} rows arrived as they were, in {took_s:.1f} s. To go on:\n"
        "1. Set PINGPILOT_DATABASE_URL to the address that you gave.\n"
        f"2. Start PingPilot with {secret}.\n"
        f"3. Keep {settings.database_path} until you are content: it is as it was."
    )
