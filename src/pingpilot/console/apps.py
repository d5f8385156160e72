"""Tells Django of the dashboard's templates, template tags and static files."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The dashboard; it has no tables of its own."""

    name = "pingpilot.console"
    label = "console"
    verbose_name = "PingPilot dashboard"
