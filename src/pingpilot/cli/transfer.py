"""`pingpilot transfer`: the embedded database over to PostgreSQL, proved by counts and digests."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
from pingpilot.store.transfer import fence
from pingpilot.wiring import lock
from pingpilot.wiring.instance import load_settings, set_up

DIFFERENT = 1
"""The exit code where what arrived is not what was sent; a refusal before that is 2."""
WAIT_MIN = 60
WHERE = f"Give the address of an empty database, like postgresql://user:password@host:5432/name, in {TRANSFER_TO}."
ALREADY = "PINGPILOT_DATABASE_URL is set: this instance is on PostgreSQL already. Unset it to move the SQLite database."


@click.command()
@click.argument("url", required=False, metavar="[URL]")
@click.option("--stop", is_flag=True, help="Stop PingPilot once all is copied, instead of waiting until you do.")
@click.option(
    "--wait",
    type=click.IntRange(1, 10_000),
    default=WAIT_MIN,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait until you have stopped PingPilot.",
)
@click.option("--back", is_flag=True, help="Take the SQLite database into use again after a transfer.")
@json_option
def transfer(url: str | None, *, stop: bool, wait: int, back: bool, as_json: bool) -> None:
    """Move the SQLite database over to an empty PostgreSQL database at URL, while PingPilot goes on.

    Give the URL in PINGPILOT_TRANSFER_TO instead, so that its password is not seen in the list of processes.
    All is copied and compared while PingPilot is in use. Then it has to be stopped, for the last changes alone: some
    seconds. Afterwards the SQLite database refuses to be used, so that not two go on; --back ends that.
    Nothing is kept of a copy that differs, or is interrupted; PingPilot goes on as it was, and you may start again.
    """
    settings = _source()
    if back:
        _go_back(settings, as_json=as_json)
        return
    target = _target(url)
    check(settings.database_path)
    set_up(settings.model_copy(update={"database_url": target}))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl+C: what was put into the database goes first
    done = _transferred(settings, stops=stop, wait_s=wait * 60, is_quiet=as_json)
    rows = [_row(one) for one in done.compared]
    total = sum(one.rows for one in done.compared)
    end = {"rows": total, "seconds": round(done.took_s, 1), "stoppedSeconds": round(done.stopped_s, 1)}
    if as_json:
        show({"tables": rows, **end, "isSame": done.is_same}, as_json=True)
    else:
        show_all([row for row in rows if row["rows"] or not row["isSame"]], as_json=False)
    if not done.is_same:
        names = ", ".join(one.table for one in done.compared if not one.is_same)
        click.echo(f"pingpilot: What arrived differs in {names}. Nothing of it was kept; go on with SQLite.", err=True)
        sys.exit(DIFFERENT)
    if not as_json:
        _tell_how_to_go_on(settings, done, total)


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


def _transferred(settings: Settings, *, stops: bool, wait_s: float, is_quiet: bool) -> Any:  # noqa: ANN401 - of a module that needs the tables
    transferring = import_module("pingpilot.wiring.transferring")
    return transferring.transfer(settings, transferring.Wish(stops, wait_s), _Told(is_quiet=is_quiet))


class _Told:
    """Shows on the terminal what goes on; in a log, a line at each end. Standard output is for the result."""

    def __init__(self, *, is_quiet: bool) -> None:
        self._is_quiet = is_quiet

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    @contextmanager
    def bar(self, label: str, length: int) -> Iterator[Callable[[int], None]]:
        begun = world.monotonic()
        hidden = self._is_quiet or not sys.stderr.isatty()
        with click.progressbar(length=length, label=label.ljust(9), file=sys.stderr, hidden=hidden) as bar:
            yield bar.update
        if hidden:
            click.echo(f"{label}: done in {world.monotonic() - begun:.1f} s.", err=True)


def _go_back(settings: Settings, *, as_json: bool) -> None:
    held = [lock.hold(settings.data_dir, role) for role in (lock.SERVER, lock.WORKER, lock.TRANSFER)]
    found = fence.take_down(settings.database_path)
    del held
    if found is None:
        raise ConfigurationError(f"{settings.database_path} was not moved: it is in use as it is.")
    if as_json:
        show({"database": str(settings.database_path), "movedTo": found.to, "movedAt": found.at}, as_json=True)
        return
    click.echo(
        f"{settings.database_path} is as it was when it was moved ({found.at} UTC), and can be used again.\n"
        f"What came in since stays at {found.to}: stop PingPilot there, and unset PINGPILOT_DATABASE_URL."
    )


def _row(one: Any) -> Row:  # noqa: ANN401 - of a module that needs the tables
    return {
        "table": one.table,
        "rows": one.rows,
        "arrived": one.arrived,
        "digest": one.digest[:16] if one.is_same else f"{one.digest[:16]} ≠ {one.digest_arrived[:16]}",
        "isSame": one.is_same,
    }


def _tell_how_to_go_on(settings: Settings, done: Any, total: int) -> None:  # noqa: ANN401 - as above
    secret = (
        "the same PINGPILOT_SECRET_KEY"
        if settings.secret_key is not None
        else f"the same {FILE_NAME}, which is in {settings.data_dir}"
    )
    click.echo(
        f"\nAll {total:,} rows arrived as they were, in {done.took_s:.1f} s; "
        f"PingPilot has been stopped for {done.stopped_s:.1f} s. To go on:\n"
        "1. Set PINGPILOT_DATABASE_URL to the address that you gave.\n"
        f"2. Start PingPilot with {secret}.\n"
        f"3. Keep {settings.database_path} until you are content. It refuses to be used beside the new one; "
        "`pingpilot transfer --back` takes it into use again, without what came in since."
    )
