"""Tells Django of the reference page's template and stylesheet."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The REST API; it has no tables of its own."""

    name = "pingpilot.api"
    label = "api"
    verbose_name = "PingPilot REST API"
