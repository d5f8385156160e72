"""The API's paths."""

from django.urls import path

from pingpilot.api.rest import api

urlpatterns = [
    path("api/v1/", api.urls),
]
