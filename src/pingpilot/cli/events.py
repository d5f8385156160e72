"""`pingpilot events`: what was reported, and how it went."""

import click

from pingpilot.cli.output import Row, json_option, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.manage import categories
from pingpilot.manage import events as use_cases
from pingpilot.store.models import Event


@click.group(cls=TablesGroup)
def events() -> None:
    """List events."""


@events.command("list")
@click.option("--category", help="Only this category.")
@click.option("--limit", type=click.IntRange(1, use_cases.PAGE_MAX), default=20, show_default=True)
@workspace_option
@json_option
def list_all(category: str | None, limit: int, workspace: int | None, *, as_json: bool) -> None:
    """List the latest events, newest first."""
    found = chosen(workspace)
    only = categories.find(found, category) if category else None
    page = use_cases.recent(found, only, limit=limit)
    show_all([_row(event) for event in page.events], as_json=as_json)


def _row(event: Event) -> Row:
    return {
        "eventId": event.id.hex,
        "category": event.category_name,
        "status": event.status,
        "severity": event.severity,
        "occurredAt": event.occurred_at,
        "deliveries": len(event.deliveries.all()),
    }
