"""`pingpilot secret`: the instance's secret, and another in its place."""

from collections import Counter
from importlib import import_module
from typing import Any

import click

from pingpilot.cli.output import Row, json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.config import secret_rotation, world
from pingpilot.config.instance_secret import FILE_NAME
from pingpilot.config.settings import Settings
from pingpilot.domain.errors import ConfigurationError
from pingpilot.security.sealing import Box
from pingpilot.wiring import lock
from pingpilot.wiring.instance import Instance, load_settings, set_up

STOPPED_FIRST = (
    "A process that runs would not know the new secret. Stop every `pingpilot serve` and `pingpilot worker` of this "
    "instance, then run `pingpilot secret rotate --stopped`."
)
GIVEN = (
    "The secret is given by PINGPILOT_SECRET_KEY. Give its text to PINGPILOT_PREVIOUS_SECRET_KEY and a new one to "
    "PINGPILOT_SECRET_KEY, restart every process of this instance, then run this command again."
)
LEFT = "Some was sealed under the old secret meanwhile. Restart the processes that do not know the new; run this again."


@click.group(cls=TablesGroup)
def secret() -> None:
    """Show what is sealed under which secret, and rotate it."""


@secret.command("show")
@json_option
def show_sealed(*, as_json: bool) -> None:
    """Count what is sealed, by the id of the secret that sealed it; no secret is shown."""
    instance = set_up(load_settings())
    show_all([*_rows(instance, _resealing().census())], as_json=as_json)


@secret.command()
@click.option("--stopped", is_flag=True, help="On PostgreSQL: you have stopped every process of this instance.")
@json_option
def rotate(*, stopped: bool, as_json: bool) -> None:
    """Make a new secret, seal everything under it, and drop the old one; everybody signs in anew.

    May be interrupted at any time and run again: it goes on where it was. Back up the new secret.key afterwards.
    """
    settings = load_settings()
    held = _prepare(settings, is_stopped=stopped)
    instance = set_up(settings)
    done, ended = _resealing().reseal_all(instance.box)
    if any(_rows_of_others(instance, _resealing().census())):
        raise ConfigurationError(LEFT)
    secret_rotation.end(settings.data_dir)
    del held
    counts = {one.shelf: one.anew for one in done}
    lost = sum(one.lost for one in done)
    show({"secret": instance.box.key_id.hex(), **counts, "sessions ended": ended, "lost": lost}, as_json=as_json)


def counted(box: Box) -> tuple[list[str], Counter[str]]:
    """Return the ids of the known secrets, the newest first, and how many rows are sealed under which id."""
    known = [box.key_id.hex(), *(one.hex() for one in box.key_ids - {box.key_id})]
    return known, sum(_resealing().census().values(), Counter())


def _prepare(settings: Settings, *, is_stopped: bool) -> list[int]:
    """See that nobody runs who would not know, and put a new secret in place; return the locks that are held."""
    if settings.secret_key is not None:
        if settings.previous_secret_key is None:
            raise ConfigurationError(GIVEN)
        return []
    if settings.database_url is not None and not is_stopped:
        raise ConfigurationError(STOPPED_FIRST)
    if not (settings.data_dir / FILE_NAME).exists():
        raise ConfigurationError(f"There is no secret yet in {settings.data_dir}: the first start makes one.")
    held = [lock.hold(settings.data_dir, role) for role in ("server", "worker")]
    secret_rotation.begin(settings.data_dir, world.entropy)
    return held


def _rows(instance: Instance, census: dict[str, Counter[str]]) -> list[Row]:
    current = instance.box.key_id.hex()
    return [
        {"secret": key_id or "none", "isCurrent": key_id == current, "sealed": name, "count": count}
        for name, counter in census.items()
        for key_id, count in sorted(counter.items())
    ]


def _rows_of_others(instance: Instance, census: dict[str, Counter[str]]) -> list[Row]:
    """Return what a secret that is known, but is not the newest, has sealed."""
    known = {key_id.hex() for key_id in instance.box.key_ids}
    return [row for row in _rows(instance, census) if not row["isCurrent"] and row["secret"] in known]


def _resealing() -> Any:  # noqa: ANN401 - a module
    """Return the module that counts and seals, which needs the tables and so the set-up."""
    return import_module("pingpilot.wiring.resealing")
