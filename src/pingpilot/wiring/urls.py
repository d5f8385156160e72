"""Which door answers which path of the control plane."""

from importlib.util import find_spec

from django.urls import include, path

_DOORS = tuple(
    f"pingpilot.{door}"
    for door in ("api.urls", "console.urls", "console.operator_urls", "accounts.urls", "billing.urls")
)

urlpatterns = [path("", include(door)) for door in _DOORS if find_spec(door)]
