"""A workspace on an instance that sells plans, and the Stripe by which it does."""

from dataclasses import replace
from importlib import import_module

import pytest
from django.test import Client, override_settings

from tests.servers.stripe.server import OTHER_SECRET, SECRET, running_stripe


def till():
    """Return the module of the parts; it needs the tables, which are set up after this file is read."""
    return import_module("tests.unit.billing.till")


@pytest.fixture
def clock():
    return till().Clock()


@pytest.fixture
def stripe(clock):
    """Stripe, which tells nothing by itself: each test says what is told, and when."""
    with running_stripe() as fake:
        fake.is_silent = True
        fake.books.clock = lambda: clock.now.timestamp()  # noqa: PLW0108 - the time it has then
        yield fake


@pytest.fixture
def services(db, clock, stripe):
    made = till().make_services(clock, stripe)
    with override_settings(PINGPILOT=made):
        yield made


@pytest.fixture
def workspace(services):
    return till().make_workspace(services)


@pytest.fixture
def counter(services, stripe, workspace):
    return till().Counter(services, stripe, workspace)


@pytest.fixture
def client(services):
    return Client()


@pytest.fixture
def settings_without_payments(services):
    with override_settings(PINGPILOT=replace(services, payments=None)):
        yield


@pytest.fixture
def two_secrets(services, stripe):
    made = till().provider_for(stripe, secrets=(SECRET, OTHER_SECRET))
    with override_settings(PINGPILOT=replace(services, payments=made)):
        yield
