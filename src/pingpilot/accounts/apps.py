"""Accounts as a Django application."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers what follows from a verified address."""

    name = "pingpilot.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Connect the receivers; their module needs Django's tables, which exist only now."""
        import_module("pingpilot.accounts.receivers")
