"""`pingpilot destinations`: add, list and test them."""

from collections.abc import Iterable

import click

from pingpilot.cli.output import Row, json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.domain.rotation import OVERLAPS
from pingpilot.manage import destinations as use_cases
from pingpilot.manage import rotation
from pingpilot.manage.audit import NOBODY
from pingpilot.manage.services import current
from pingpilot.store.models import Destination


@click.group(cls=TablesGroup)
def destinations() -> None:
    """Add, list and test destinations, and rotate their secrets."""


@destinations.command()
@click.argument("kind")
@click.argument("settings", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--label", default="", help="What to call it.")
@click.option("--verified", is_flag=True, help="You vouch for the address: no proof is asked for.")
@workspace_option
@json_option
def add(
    kind: str, settings: tuple[str, ...], label: str, workspace: int | None, *, verified: bool, as_json: bool
) -> None:
    """Add a destination on the channel KIND, for example: add webhook url=https://example.com/hook."""
    draft = use_cases.Draft(kind, _values(settings), label, verified)
    added = use_cases.add(current(), chosen(workspace), draft)
    made = {"made": dict(added.made)} if as_json else added.made
    link = {"link": added.begun.link} if added.begun.link else {}
    show({**_row(added.destination), **made, **link}, as_json=as_json)


@destinations.command("list")
@workspace_option
@json_option
def list_all(workspace: int | None, *, as_json: bool) -> None:
    """List the destinations of a workspace."""
    show_all([_row(destination) for destination in use_cases.list_all(chosen(workspace))], as_json=as_json)


@destinations.command()
@click.argument("destination_id", type=int)
@workspace_option
@json_option
def test(destination_id: int, workspace: int | None, *, as_json: bool) -> None:
    """Send a test message to one destination."""
    found = use_cases.find(chosen(workspace), destination_id)
    show({"eventId": use_cases.test(current(), found)}, as_json=as_json)


@destinations.command()
@click.argument("destination_id", type=int)
@click.option("--overlap", type=click.Choice(tuple(OVERLAPS)), default="24h", help="How long the old one signs, too.")
@workspace_option
@json_option
def rotate(destination_id: int, overlap: str, workspace: int | None, *, as_json: bool) -> None:
    """Replace a webhook's signing secret by a new one, and show it this once."""
    found = use_cases.find(chosen(workspace), destination_id)
    show({"secret": rotation.rotate(current(), found, OVERLAPS[overlap], NOBODY)}, as_json=as_json)


def _values(settings: Iterable[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in settings]
    for name, sign, _ in pairs:
        if not sign:
            raise click.BadParameter(f'"{name}" is not NAME=VALUE.')
    return {name: value for name, _, value in pairs}


def _row(destination: Destination) -> Row:
    return {
        "destinationId": destination.pk,
        "kind": destination.kind,
        "label": destination.label,
        "address": destination.address,
        "isVerified": destination.verified_at is not None,
        "isDisabled": destination.disabled_at is not None,
        "lastError": destination.last_error,
    }
