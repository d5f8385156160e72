"""Accounts as a Django application."""

from importlib import import_module

from django.apps import AppConfig

_RECEIVERS = ("receivers", "recent", "invited", "journal")


class AccountsConfig(AppConfig):
    """Registers what follows from a sign-in, and from a verified address."""

    name = "pingpilot.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Connect the receivers; their modules need Django's tables, which exist only now."""
        for module in _RECEIVERS:
            import_module(f"{self.name}.{module}")
