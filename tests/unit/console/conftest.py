"""A workspace with everything in it, seen by its owner, by a stranger, and by nobody."""

from importlib import import_module

import pytest
from django.core.cache import cache
from django.test import Client, override_settings


def shop():
    """Return the module of the parts; it needs the tables, which are set up after this file is read."""
    return import_module("tests.unit.console.shop")


@pytest.fixture
def clock():
    return shop().Clock()


@pytest.fixture
def services(db, clock):
    """What limits those who ask often lives in a cache, which outlives a test."""
    cache.clear()
    made = shop().make_services(clock, shop().Pipeline(), allow_private=True)
    with override_settings(PINGPILOT=made):
        yield made


@pytest.fixture
def ada(services):
    return shop().make_user(services, "ada@example.com")


@pytest.fixture
def workspace(ada):
    return ada.workspaces.get()


@pytest.fixture
def client(ada):
    return signed_in(ada)


@pytest.fixture
def stranger(services):
    return signed_in(shop().make_user(services, "mallory@example.com"))


@pytest.fixture
def nobody(services):
    return Client()


@pytest.fixture
def stocked(services, workspace):
    return shop().stock(services, workspace)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client
