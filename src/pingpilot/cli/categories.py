"""`pingpilot categories`: make and list categories."""

import click

from pingpilot.cli.output import Row, json_option, show, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.domain.category import COOLDOWN_MAX_S, COOLDOWN_S, color_text
from pingpilot.manage import categories as use_cases
from pingpilot.manage.services import current
from pingpilot.store.models import Category


@click.group(cls=TablesGroup)
def categories() -> None:
    """Create and list categories."""


@categories.command()
@click.argument("name")
@click.option("--color", required=True, help="Like #FF6B6B.")
@click.option("--emoji", default="", help="Exactly one, or none.")
@click.option(
    "--cooldown",
    type=click.IntRange(0, COOLDOWN_MAX_S),
    default=COOLDOWN_S,
    show_default=True,
    help="Seconds in which one dedupe key is delivered once.",
)
@workspace_option
@json_option
def create(name: str, color: str, emoji: str, cooldown: int, workspace: int | None, *, as_json: bool) -> None:
    """Create the category NAME."""
    draft = use_cases.Draft(name, color, emoji, cooldown=cooldown)
    show(_row(use_cases.create(current(), chosen(workspace), draft)), as_json=as_json)


@categories.command("list")
@workspace_option
@json_option
def list_all(workspace: int | None, *, as_json: bool) -> None:
    """List the categories of a workspace."""
    show_all([_row(category) for category in use_cases.list_all(chosen(workspace))], as_json=as_json)


def _row(category: Category) -> Row:
    return {
        "categoryId": category.pk,
        "name": category.name,
        "color": color_text(category.color),
        "emoji": category.emoji,
        "isMuted": category.is_muted,
        "cooldown": category.cooldown_s,
    }
