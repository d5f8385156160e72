"""Commands that work on the database, beside a running server or without one."""

from importlib import import_module

import click
import django
from django.conf import settings as django_settings
from django.db import DatabaseError

from pingpilot.domain.errors import ConfigurationError
from pingpilot.wiring.django import Web, settings_for, sqlite
from pingpilot.wiring.instance import load_settings, set_up


def prepare(*, is_for_help: bool) -> None:
    """Set up this process for the tables; a new data folder gets its database. For help alone nothing is touched."""
    if is_for_help:
        web = Web(secret="help", database=sqlite(":memory:"), public_url="http://localhost", sender="")  # noqa: S106
        django_settings.configure(**settings_for(web))
        django.setup()
        return
    instance = set_up(load_settings())
    if instance.is_embedded and not instance.settings.database_path.exists():
        import_module("pingpilot.wiring.migrating").migrate()


class TablesGroup(click.Group):
    """A group of commands on the database; one that does not answer is said in a sentence."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; raise ConfigurationError when the database does not answer or is not up to date."""
        try:
            return super().invoke(ctx)
        except DatabaseError as error:
            reason = str(error).strip().partition("\n")[0]
            raise ConfigurationError(
                f"The database does not answer or is not up to date ({reason}). Run `pingpilot migrate` first."
            ) from error
