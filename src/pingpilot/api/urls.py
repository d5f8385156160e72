"""The API's paths, its description and its reference page."""

from django.urls import path

from pingpilot.api.openapi import openapi
from pingpilot.api.reference import reference
from pingpilot.api.rest import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("openapi.json", openapi, name="openapi"),
    path("docs/api", reference, name="api-reference"),
]
