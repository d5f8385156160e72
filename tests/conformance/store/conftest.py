"""Fixtures of the store suites."""

import pytest

from tests.conformance.store.house import House, build


@pytest.fixture
def house(db: None) -> House:
    return build()
