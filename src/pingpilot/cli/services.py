"""`pingpilot services`: whose clients and webhooks may report, and the secrets that they sign with."""

import sys

import click

from pingpilot.cli.output import Row, json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.domain.door import DoorSpec
from pingpilot.manage import door_secrets
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.door_secrets import SECRET_MAX_CHARS
from pingpilot.manage.services import current
from pingpilot.store.models import DoorSecret

service_argument = click.argument("service")


@click.group(cls=TablesGroup)
def services() -> None:
    """List services that report by themselves, and set what they sign with."""


@services.command("list")
@workspace_option
@json_option
def list_all(workspace: int | None, *, as_json: bool) -> None:
    """List the services, and since when only their signed calls are taken."""
    shared = door_secrets.services_with_secret(chosen(workspace))
    show_all([_row(door, shared.get(door.name)) for door in current().doors], as_json=as_json)


@services.command("set-secret")
@service_argument
@workspace_option
@json_option
def set_secret(service: str, workspace: int | None, *, as_json: bool) -> None:
    """Take calls of SERVICE only when they are signed; its secret is read from standard input, or asked for."""
    door, where = door_secrets.signing_door_of(current(), service), chosen(workspace)
    door_secrets.share(current(), where, door.name, _secret(door), NOBODY)
    show(_row(door, door_secrets.services_with_secret(where)[door.name]), as_json=as_json)


@services.command("remove-secret")
@service_argument
@workspace_option
@json_option
def remove_secret(service: str, workspace: int | None, *, as_json: bool) -> None:
    """Take calls of SERVICE without a signature again."""
    door = door_secrets.signing_door_of(current(), service)
    door_secrets.give_up(current(), chosen(workspace), door.name, NOBODY)
    show(_row(door, None), as_json=as_json)


def _secret(door: DoorSpec) -> str:
    """Read it from where it is in no list of processes and no history of a shell."""
    if sys.stdin.isatty():
        return str(click.prompt(f"{door.label}. {door.secret_text}", hide_input=True))
    return sys.stdin.readline(2 * SECRET_MAX_CHARS).rstrip("\r\n")


def _row(door: DoorSpec, shared: DoorSecret | None) -> Row:
    return {
        "service": door.name,
        "address": door.address(current().public_url),
        "signsWith": door.secret_text or None,
        "secretSetAt": shared.created_at if shared else None,
    }
