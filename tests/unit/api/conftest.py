"""Two workspaces that have nothing to do with each other, and calls of the REST API."""

from importlib import import_module

import pytest
from django.test import override_settings


def parts():
    """Return the module of the parts; it needs the tables, which are set up after this file is read."""
    return import_module("tests.unit.api.parts")


@pytest.fixture
def services(db):
    sample = import_module("tests.unit.manage.sample")
    made = sample.make_services(sample.Clock(), sample.Pipeline(), allow_private=True)
    with override_settings(PINGPILOT=made):
        yield made


@pytest.fixture
def victim(services):
    return parts().open_house(services, "victim")


@pytest.fixture
def stranger(services):
    return parts().open_house(services, "stranger")
