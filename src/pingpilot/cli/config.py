"""`pingpilot config`: a workspace's categories, destinations and routing as one file."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from pingpilot.cli.config_file import dumped, loaded
from pingpilot.cli.output import json_option, show
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.config import world
from pingpilot.domain.errors import ConfigurationError, PingPilotError
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.configuration import Configuration, configuration_of
from pingpilot.manage.configuring import Planner, to_do
from pingpilot.manage.planned_change import Change, Deed
from pingpilot.manage.services import current

DIFFERENT = 1
SIGNS: Mapping[Deed, tuple[str, str]] = {
    Deed.ADD: ("+", "green"),
    Deed.CHANGE: ("~", "yellow"),
    Deed.REMOVE: ("-", "red"),
    Deed.KEEP: (" ", ""),
}

file_argument = click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
prune_option = click.option("--prune", "prunes", is_flag=True, help="Remove what the file does not name.")


@click.group(cls=TablesGroup)
def config() -> None:
    """Keep a workspace's configuration in a file: export it, see what differs, apply it."""


@config.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@workspace_option
def export(file: Path | None, workspace: int | None) -> None:
    """Write the configuration to FILE, or to standard output. No secret is in it."""
    text = dumped(configuration_of(current(), chosen(workspace)))
    if file is None or str(file) == "-":
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror}") from error


@config.command()
@file_argument
@prune_option
@workspace_option
@json_option
def diff(file: Path, workspace: int | None, *, prunes: bool, as_json: bool) -> None:
    """Show what applying FILE would change; exit code 1 when there is something."""
    changes = _planner(workspace, prunes=prunes).plan(_read(file))
    _show(changes, as_json=as_json)
    if to_do(changes):
        sys.exit(DIFFERENT)


@config.command()
@file_argument
@prune_option
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask.")
@click.option("--verified", "is_vouched", is_flag=True, help="You vouch for new addresses: no proof is asked for.")
@workspace_option
@json_option
def apply(file: Path, workspace: int | None, *, prunes: bool, is_agreed: bool, is_vouched: bool, as_json: bool) -> None:
    """Show what FILE changes, ask, and change it. A second time there is nothing to do.

    Secrets come from the environment variables that FILE names. Nothing is changed unless all of it can be; should it
    break off all the same, apply it again.
    """
    changes = _planner(workspace, prunes=prunes, is_vouched=is_vouched).plan(_read(file))
    if not as_json:
        _show(changes, as_json=False)
    work = to_do(changes)
    if work and not is_agreed:
        if as_json or str(file) == "-" or not sys.stdin.isatty():
            raise click.UsageError("Nobody can be asked here: look with `pingpilot config diff`, then add --yes.")
        click.confirm("Change this?", abort=True)
    made = [(change, _carried_out(change)) for change in work]
    if as_json:
        show({"applied": [{**_row(change), "made": dict(shown)} for change, shown in made]}, as_json=True)
        return
    for change, shown in made:
        for name, value in shown.items():
            click.echo(f"{change.kind} {change.name}: {name} {value}")
    if work:
        click.echo("Done.")


def _planner(workspace: int | None, *, prunes: bool, is_vouched: bool = False) -> Planner:
    return Planner(current(), chosen(workspace), world.environment(), NOBODY, is_vouched, prunes)


def _read(file: Path) -> Configuration:
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return loaded(text.decode())
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file} is no text in UTF-8") from error


def _carried_out(change: Change) -> Mapping[str, str]:
    try:
        return change.carry_out()
    except PingPilotError as error:
        raise ConfigurationError(
            f"{change.kind} {change.name}: {error.message}. What stands above it was changed: apply it again"
        ) from error


def _show(changes: Sequence[Change], *, as_json: bool) -> None:
    if as_json:
        show({"changes": [_row(change) for change in changes]}, as_json=True)
        return
    for change in changes:
        _show_one(change)
    count = len(to_do(changes))
    click.echo("There is nothing to change." if not count else f"{count} to change.")


def _show_one(change: Change) -> None:
    sign, color = SIGNS[change.deed]
    left = "   not in the file, left alone (--prune removes it)" if change.deed is Deed.KEEP else ""
    click.secho(f"{sign} {change.kind} {change.name}{left}", fg=color or None, dim=bool(left))
    for one in change.details:
        click.echo(f"    {one.member}: {one.before} → {one.after}" if one.before else f"    {one.member}: {one.after}")


def _row(change: Change) -> dict[str, object]:
    return {
        "action": change.deed.value,
        "kind": change.kind,
        "name": change.name,
        "details": [asdict(one) for one in change.details],
    }
