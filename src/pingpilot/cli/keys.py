"""`pingpilot keys`: the API keys of a workspace, never their text."""

import click

from pingpilot.cli.output import json_option, show_all
from pingpilot.cli.tables import TablesGroup
from pingpilot.cli.workspaces import chosen, workspace_option
from pingpilot.manage import keys as use_cases
from pingpilot.manage.services import current


@click.group(cls=TablesGroup)
def keys() -> None:
    """List API keys."""


@keys.command("list")
@workspace_option
@json_option
def list_all(workspace: int | None, *, as_json: bool) -> None:
    """List the keys that work now, masked."""
    rows = [
        {
            "keyId": key.id,
            "key": use_cases.mask(key),
            "name": key.name,
            "isPrimary": key.is_primary,
            "expiresAt": key.expires_at,
            "lastUsedAt": key.last_used_at,
        }
        for key in use_cases.living(current(), chosen(workspace))
    ]
    show_all(rows, as_json=as_json)
