"""Fixtures for the command line."""

import pytest

from tests.servers.door import running_door


@pytest.fixture
def door():
    """A server that answers every call as told, and remembers it."""
    with running_door() as server:
        yield server
