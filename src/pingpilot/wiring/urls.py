"""Which door answers which path of the control plane."""

from importlib.util import find_spec

from django.urls import include, path

_DOORS = ("pingpilot.api.urls", "pingpilot.console.urls", "pingpilot.console.operator_urls", "pingpilot.accounts.urls")

urlpatterns = [path("", include(door)) for door in _DOORS if find_spec(door)]
