"""The store as a Django application."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """Registers the tables under the label ``store``."""

    name = "pingpilot.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"
