"""What the tests of the use cases stand on."""

from importlib import import_module

import pytest


def sample():
    """Return the module of the parts; it needs the tables, which are set up after this file is read."""
    return import_module("tests.unit.manage.sample")


@pytest.fixture
def clock():
    return sample().Clock()


@pytest.fixture
def pipeline():
    return sample().Pipeline()


@pytest.fixture
def services(db, clock, pipeline):
    return sample().make_services(clock, pipeline)


@pytest.fixture
def workspace(services):
    return sample().make_workspace(services)
