"""Tells Django of the dashboard's templates, template tags and static files."""

from importlib import import_module

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The dashboard; it has no tables of its own."""

    name = "pingpilot.console"
    label = "console"
    verbose_name = "PingPilot dashboard"

    def ready(self) -> None:
        """Connect what is to be noted of a sign-in; its module needs the settings, which stand only now."""
        import_module("pingpilot.console.recent")
