"""`pingpilot serve`, `worker` and `migrate`: the processes."""

from importlib import import_module
from typing import Any

import click

from pingpilot.wiring.instance import load_settings, set_up


@click.command()
@click.option("--host", help="Address to listen on, instead of PINGPILOT_HOST.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on, instead of PINGPILOT_PORT.")
@click.option("--no-worker", is_flag=True, help="Accept events only; `pingpilot worker` delivers.")
def serve(host: str | None, port: int | None, *, no_worker: bool) -> None:
    """Serve the API and the dashboard until stopped, and deliver."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    instance = set_up(load_settings().replaced(**given))
    _processes().serve(instance, has_worker=not no_worker)


@click.command()
def worker() -> None:
    """Deliver until stopped, beside servers started with --no-worker."""
    instance = set_up(load_settings())
    _processes().work(instance)


@click.command()
def migrate() -> None:
    """Bring the database up to date; embedded instances do so by themselves at their start."""
    set_up(load_settings())
    import_module("pingpilot.wiring.migrating").migrate()
    click.echo("The database is up to date.")


def _processes() -> Any:  # noqa: ANN401 - a module
    """Return the module of the processes, which needs the tables and so the set-up."""
    return import_module("pingpilot.wiring.serving")
