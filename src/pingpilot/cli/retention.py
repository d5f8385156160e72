"""`pingpilot retention`: what is going to be forgotten, and what of past months stays."""

import click

from pingpilot.cli.output import Row, json_option, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.manage import retention as use_cases
from pingpilot.manage.services import current
from pingpilot.store.models import Workspace


@click.group(cls=TablesGroup)
def retention() -> None:
    """Show what is forgotten of events that are older than a plan keeps."""


@retention.command("preview")
@click.option("--workspace", type=int, help="Its id; without it, all workspaces.")
@json_option
def show_preview(workspace: int | None, *, as_json: bool) -> None:
    """Show how long events are kept, how many are too old now or within 7 days, and cuts to come.

    Counts end at 10,000. Nothing is changed.
    """
    rows = Workspace.objects.filter(deleted_at=None).order_by("pk")
    found = [chosen(workspace)] if workspace is not None else list(rows)
    show_all([_preview(one) for one in found], as_json=as_json)


@retention.command("months")
@workspace_option
@json_option
def show_months(workspace: int | None, *, as_json: bool) -> None:
    """Show the last 12 months of a workspace: how many events counted, and how many are forgotten."""
    rows = use_cases.months(chosen(workspace))
    show_all(
        [{"month": f"{one.start:%Y-%m}", "events": one.events, "forgotten": one.forgotten} for one in rows],
        as_json=as_json,
    )


def _preview(workspace: Workspace) -> Row:
    found = use_cases.preview(current(), workspace)
    return {
        "workspaceId": workspace.pk,
        "plan": found.plan.code,
        "daysKept": found.days,
        "oldest": found.oldest,
        "forgottenNow": found.due,
        "forgottenIn7Days": found.soon,
        "shrinksAt": found.shrinks_at,
        "daysKeptThen": found.days_then,
        "forgottenThen": found.then,
    }
