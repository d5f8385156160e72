"""An instance with a clock that moves by hand, and nothing left of the test before."""

from importlib import import_module

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import override_settings


def people():
    """Return the module of the parts; it needs the tables, which are set up after this file is read."""
    return import_module("tests.unit.accounts.people")


def sample():
    return import_module("tests.unit.manage.sample")


@pytest.fixture
def clock():
    return sample().Clock()


@pytest.fixture
def services(db, clock):
    """Rate limits live in a cache, mails in a list: both outlive a test."""
    cache.clear()
    mail.outbox = []
    made = sample().make_services(clock, sample().Pipeline(), allow_private=True)
    with override_settings(PINGPILOT=made):
        yield made


@pytest.fixture
def ada(services):
    return people().make_account(services)


@pytest.fixture
def browser(services):
    return people().make_browser()
